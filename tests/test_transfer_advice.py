"""After a failure the last line is a command that helps, for the stacks at hand."""

from pathlib import Path

import pytest
from transfer_support import SilentStack

from transfer.advice import command, next_steps, next_steps_of_file, rerun
from transfer.errors import CommandFailedError
from transfer.verdicts import OUTCOMES, Verdict
from transfer.verify import Check, Verification


class ConfiguredStack(SilentStack):
    """A stack with a `rerun` number."""

    def __init__(self, name: str, number: str | None) -> None:
        self.name = name
        self._number = number

    def outputs(self) -> dict[str, object]:
        return {}

    def config(self) -> dict[str, str]:
        if self._number is None:
            raise CommandFailedError("no passphrase", "pulumi config")
        return {"acr-transfer:rerun": self._number}

    def up(self, exclude: object = ()) -> None:
        raise AssertionError(f"no up is wanted, nor {exclude}")


SOURCE, TARGET = ConfiguredStack("source", "2"), ConfiguredStack("contoso-target", "0")
RERUN = (
    "pulumi config set acr-transfer:rerun 3 -s source && "
    "pulumi config set acr-transfer:rerun 1 -s contoso-target && "
    "acr-transfer run --target contoso-target"
)


def found(*verdicts: Verdict) -> Verification:
    """Give a verification with these verdicts."""
    return Verification(
        tuple(Check("a:1", "run1", "blob", "", "", 1, verdict) for verdict in verdicts)
    )


@pytest.mark.parametrize(
    ("verdicts", "is_after_run", "last"),
    [
        ((Verdict.MISSING,), False, "acr-transfer run --target contoso-target"),
        ((Verdict.MISSING,), True, RERUN),
        ((Verdict.ARRIVED, Verdict.DIFFERS), False, RERUN),
        ((Verdict.INCOMPLETE,), True, RERUN),
        ((Verdict.GONE_AT_SOURCE,), False, "pulumi up -s source"),
        ((Verdict.BROKEN_AT_SOURCE,), True, "pulumi up -s source"),
        ((Verdict.NOT_CARRIED, Verdict.UNKNOWN_FORM), True, "pulumi up -s source"),
        ((Verdict.UNREADABLE,), False, "acr-transfer verify --target contoso-target"),
    ],
)
def test_the_last_line_is_the_command_that_helps(
    verdicts: tuple[Verdict, ...], is_after_run: bool, last: str
) -> None:
    lines = next_steps(found(*verdicts), SOURCE, TARGET, is_after_run=is_after_run)

    assert lines[-1] == last


@pytest.mark.parametrize("verdict", [item for item in Verdict if not OUTCOMES[item].is_done])
def test_every_verdict_that_is_not_good_is_explained(verdict: Verdict) -> None:
    lines = next_steps(found(verdict), SOURCE, TARGET, is_after_run=False)

    assert lines[0].startswith(f"{verdict}: ")


def test_when_all_arrived_that_can_there_is_nothing_to_do() -> None:
    done = found(Verdict.ARRIVED, Verdict.NEEDS_INTERNET)

    assert next_steps(done, SOURCE, TARGET, is_after_run=True) == []


@pytest.mark.parametrize("number", [None, "many"])
def test_an_unreadable_number_counts_as_none(number: str | None) -> None:
    assert rerun(ConfiguredStack("source", number)).endswith("rerun 1 -s source")


def test_default_stacks_are_left_out_of_commands() -> None:
    assert command("verify") == "acr-transfer verify"
    assert command("run", source="a", target="b") == "acr-transfer run --source a --target b"


@pytest.mark.parametrize(
    ("verdict", "has_waited", "last"),
    [
        (
            Verdict.MISSING,
            False,
            "acr-transfer verify --target far --source-file 'my disk/handover.json' --wait 20",
        ),
        (Verdict.MISSING, True, "acr-transfer copy --target far --from-folder DIR"),
        (Verdict.DIFFERS, True, "acr-transfer copy --to-folder DIR"),
        (Verdict.INCOMPLETE, False, "acr-transfer copy --to-folder DIR"),
        (
            Verdict.UNREADABLE,
            True,
            "acr-transfer verify --target far --source-file 'my disk/handover.json'",
        ),
    ],
)
def test_without_the_source_the_last_line_helps_too(
    verdict: Verdict, has_waited: bool, last: str
) -> None:
    file = Path("my disk/handover.json")

    lines = next_steps_of_file(found(Verdict.ARRIVED, verdict), file, "far", has_waited=has_waited)

    assert lines[0].startswith(f"{verdict}: ")
    assert lines[-1] == last


def test_without_the_source_there_is_nothing_to_do_either_when_all_arrived() -> None:
    arrived = found(Verdict.ARRIVED)

    assert next_steps_of_file(arrived, Path("f"), "target", has_waited=True) == []


def test_the_folder_with_the_blobs_is_named_when_the_file_lies_in_it(tmp_path: Path) -> None:
    (tmp_path / "transfer.json").touch()
    missing = found(Verdict.MISSING)

    lines = next_steps_of_file(missing, tmp_path / "handover.json", "target", has_waited=True)

    assert lines[-1] == f"acr-transfer copy --from-folder {tmp_path}"
