"""What is said beside the engine's error when a resource cannot be made."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.azure.explained import draw_another_name, explain_errors
from components.azure.runs import Repair, how_to_renew, how_to_repeat

Step = Callable[[pulumi.ErrorHookArgs], str]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    logged: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", logged.append)
    monkeypatch.setattr(pulumi, "get_stack", lambda: "source")
    return logged


def fail(text: str, next_step: Step, monkeypatch: pytest.MonkeyPatch, **inputs: Any) -> object:
    """Let an operation fail with a text of Azure, and give what its error hook answers."""
    hooks: list[Step] = []
    monkeypatch.setattr(pulumi, "ErrorHook", lambda _, callback: hooks.append(callback))
    explain_errors("thing", next_step)
    return hooks[0](
        pulumi.ErrorHookArgs(
            urn="urn", id="id", name="thing", type="type", new_inputs=inputs, errors=[text]
        )
    )


def test_a_failed_run_is_explained_with_the_number_that_repeats_it(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "Failed to access storage. KeyBasedAuthenticationNotPermitted"

    is_retried = fail(text, of_text(how_to_repeat(7)), monkeypatch)

    assert is_retried is False
    assert len(said) == 1
    assert "thing: The storage account forbids its keys" in said[0]
    assert "raise `rerun` to 8, and run pulumi up -s source" in said[0]


@pytest.mark.parametrize(
    ("text", "artifacts", "typed", "is_halved"),
    [
        (
            "exports are disabled",
            50,
            "acr-transfer lock --renew beef, then acr-transfer run",
            False,
        ),
        ("the moon is in the wrong house", 1, "lock --renew beef, then acr-transfer run.", False),
        ("the moon is in the wrong house", 2, "acr-transfer lock --renew beef, then", True),
        ("MANIFEST_UNKNOWN", 1, "acr-transfer lock --renew beef, then acr-transfer run.", False),
        ("MANIFEST_UNKNOWN", 2, "to find the one at fault: acr-transfer lock --split beef", True),
    ],
)
def test_a_failed_run_of_a_lock_is_carried_by_another_one_or_halved(
    text: str,
    artifacts: int,
    typed: str,
    is_halved: bool,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fail(text, of_text(how_to_renew("beef", artifacts)), monkeypatch)

    assert typed in said[0]
    assert ("--split beef" in said[0]) is is_halved
    assert "rerun" not in said[0]


def of_text(repair: Repair) -> Step:
    """Have a repair told by the first of the engine's errors."""
    return lambda args: repair(args.errors[0])


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ('Code="ConflictError" Message="exists already in deleted state"', "for 90 days"),
        ('Code="VaultAlreadyExists"', "unique in Azure"),
        ('Code="StorageAccountAlreadyTaken"', "unique in Azure"),
    ],
)
def test_a_name_that_is_taken_is_drawn_again_by_one_command(
    text: str, meaning: str, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(text, draw_another_name("source-sas-suffix"), monkeypatch)

    assert meaning in said[0]
    assert said[0].endswith("Type pulumi up -s source --replace '**::source-sas-suffix'.")


def test_a_message_that_no_row_knows_is_left_to_the_engine(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fail("the moon is in the wrong house", draw_another_name("suffix"), monkeypatch)

    assert said == []
