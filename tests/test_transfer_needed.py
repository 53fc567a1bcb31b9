"""What the target still needs is told by its registry and the lock alone."""

import pytest
from pydantic import SecretStr
from transfer_support import TARGET_HOST, FakeRegistries, plain_console, run_part

from components.model.contract import RunPart
from transfer.copy.needed import needed_runs
from transfer.registry.client import Registry


def locked(number: int, **digests: str) -> RunPart:
    """Give a run of a lock, with digests by the names of repositories."""
    named = {f"{name}:1": digest for name, digest in digests.items()}
    return run_part(number, *named).model_copy(update={"digests": named})


@pytest.fixture
def registries() -> FakeRegistries:
    return FakeRegistries()


def needed(registries: FakeRegistries, *runs: RunPart) -> tuple[list[RunPart], str]:
    """Give the runs that the target needs, and what is said about it."""
    console, shown = plain_console()
    target = Registry(TARGET_HOST, registries.client(), lambda: SecretStr(""), {})
    return needed_runs(runs, target, lambda *_: None, console), shown.getvalue()


def test_a_run_is_needed_where_one_of_its_tags_is_missing_or_differs(
    registries: FakeRegistries,
) -> None:
    here = registries.push(TARGET_HOST, "web", "1", "sha256:" + "a" * 64)
    done = locked(1, web=here)
    differs = locked(2, web="sha256:0")
    lacks_one = locked(3, web=here, api=here)

    assert needed(registries, done, differs, lacks_one) == ([differs, lacks_one], "")


def test_a_tag_that_the_target_does_not_let_be_read_may_be_needed(
    registries: FakeRegistries,
) -> None:
    here = registries.push(TARGET_HOST, "web", "1", "sha256:" + "a" * 64)
    registries.refusals[f"{TARGET_HOST}/v2/api/manifests/1"] = 403
    closed, done = locked(1, api=here), locked(2, web=here)

    assert needed(registries, closed, done)[0] == [closed]


@pytest.mark.usefixtures("retry_clock")
def test_all_are_needed_where_the_target_is_out_of_reach_and_that_is_said(
    registries: FakeRegistries,
) -> None:
    registries.unreachable = {TARGET_HOST}
    runs = [locked(1, web="sha256:0"), locked(2, api="sha256:0")]

    found, said = needed(registries, *runs)

    assert found == runs
    assert f"what has arrived is not known: registry {TARGET_HOST} cannot be reached" in said


def test_runs_of_a_plain_list_are_all_needed_and_no_registry_is_asked(
    registries: FakeRegistries,
) -> None:
    runs = [run_part(1), run_part(2)]

    assert needed(registries, *runs) == (runs, "")
    assert registries.requests == []
