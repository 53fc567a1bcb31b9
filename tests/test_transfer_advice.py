"""After a failure the last line is a command that helps, for the stacks at hand."""

import shlex
from pathlib import Path

import pytest
from doc_commands import commands_in, fault_of

from components.model.names import Side
from transfer.advice import next_steps, next_steps_of_file
from transfer.hints import Hint, Pulumi, Rerun
from transfer.pair import Pair
from transfer.verdicts import OUTCOMES, Verdict
from transfer.verify import Check, Verification

OWN = Pair("source", "contoso-target")
RERUN = (
    "pulumi config set acr-transfer:rerun 3 -s source && "
    "pulumi config set acr-transfer:rerun 3 -s contoso-target && "
    "acr-transfer run --target contoso-target"
)


def found(*verdicts: Verdict) -> Verification:
    """Give a verification with these verdicts."""
    return Verification(
        tuple(Check("a:1", "run1", "blob", "", "", 1, verdict) for verdict in verdicts)
    )


def written(hint: Hint | None, pair: Pair = OWN, again: str = "acr-transfer again") -> list[str]:
    """Write a hint for stacks of which each has the `rerun` 2."""
    assert hint is not None
    lines = pair.lines(hint, tuple(shlex.split(again)), lambda _side: 2)
    return "\n".join(lines).splitlines()


@pytest.mark.parametrize(
    ("verdicts", "is_after_run", "last"),
    [
        ((Verdict.MISSING,), False, "acr-transfer run --target contoso-target"),
        ((Verdict.MISSING,), True, RERUN),
        ((Verdict.ARRIVED, Verdict.DIFFERS), False, RERUN),
        ((Verdict.INCOMPLETE,), True, RERUN),
        ((Verdict.GONE_AT_SOURCE,), False, "pulumi up -s source && acr-transfer again"),
        ((Verdict.GONE_AT_SOURCE,), True, "acr-transfer again"),
        ((Verdict.BROKEN_AT_SOURCE,), False, "pulumi up -s source && acr-transfer again"),
        ((Verdict.NOT_CARRIED, Verdict.UNKNOWN_FORM), True, "acr-transfer again"),
        ((Verdict.UNREADABLE,), False, "acr-transfer again"),
    ],
)
def test_the_last_line_is_the_command_that_helps(
    verdicts: tuple[Verdict, ...], is_after_run: bool, last: str
) -> None:
    hint = next_steps(found(*verdicts), OWN, is_after_run=is_after_run)

    assert written(hint)[-1] == last


@pytest.mark.parametrize("verdict", [item for item in Verdict if not OUTCOMES[item].is_done])
def test_every_verdict_that_is_not_good_is_explained(verdict: Verdict) -> None:
    lines = written(next_steps(found(verdict), OWN, is_after_run=False))

    assert lines[0].startswith(f"{verdict}: ")


def test_when_all_arrived_that_can_there_is_nothing_to_do() -> None:
    done = found(Verdict.ARRIVED, Verdict.NEEDS_INTERNET)

    assert next_steps(done, OWN, is_after_run=True) is None


@pytest.mark.parametrize(
    ("verdict", "has_waited", "last"),
    [
        (
            Verdict.MISSING,
            False,
            "acr-transfer verify --target far --source-file 'my disk/handover.json' --wait 20",
        ),
        (Verdict.MISSING, True, "acr-transfer again"),
        (Verdict.DIFFERS, True, "acr-transfer again"),
        (Verdict.INCOMPLETE, False, "acr-transfer again"),
        (Verdict.UNREADABLE, True, "acr-transfer again"),
    ],
)
def test_without_the_source_the_last_line_helps_too(
    verdict: Verdict, has_waited: bool, last: str
) -> None:
    pair = Pair(target="far")
    file = Path("my disk/handover.json")
    verification = found(Verdict.ARRIVED, verdict)

    lines = written(next_steps_of_file(verification, file, pair, has_waited=has_waited), pair)

    assert lines[0].startswith(f"{verdict}: ")
    assert lines[-1] == last


def test_without_the_source_there_is_nothing_to_do_either_when_all_arrived() -> None:
    arrived = found(Verdict.ARRIVED)

    assert next_steps_of_file(arrived, Path("f"), Pair(), has_waited=True) is None


def test_the_folder_with_the_blobs_is_named_when_the_file_lies_in_it(tmp_path: Path) -> None:
    (tmp_path / "transfer.json").touch()
    missing = found(Verdict.MISSING)

    hint = next_steps_of_file(missing, tmp_path / "handover.json", Pair(), has_waited=True)

    assert written(hint)[-1] == (
        f"acr-transfer copy --from-folder {tmp_path} && acr-transfer again"
    )


def test_a_command_names_what_is_not_the_default_and_quotes_it() -> None:
    pair = Pair("org/p/a", "target", Path("my project"))

    lines = written(Hint("Mend it:", (Pulumi("source", ("up",)), pair.command("run"))), pair)

    assert lines == [
        "Mend it:",
        "pulumi up -s org/p/a -C 'my project' && "
        "acr-transfer run --source org/p/a --dir 'my project' && acr-transfer again",
    ]
    assert written(Hint(steps=(Pair().command("verify"),), is_repeated=False)) == [
        "acr-transfer verify"
    ]


def test_a_repeated_run_takes_the_number_after_the_one_of_its_own_stack() -> None:
    numbers: dict[Side, int] = {"source": 0, "target": 7}
    hint = Hint(steps=(Rerun("source"), Rerun("target")), is_repeated=False)

    lines = Pair().lines(hint, (), numbers.__getitem__)

    assert lines == [
        "pulumi config set acr-transfer:rerun 1 -s source && "
        "pulumi config set acr-transfer:rerun 8 -s target"
    ]


def test_every_command_of_an_advice_is_one_that_there_is() -> None:
    file = Path("disk/handover.json")
    hints = [
        hint
        for verdict in Verdict
        for flag in (True, False)
        for hint in (
            next_steps(found(verdict), OWN, is_after_run=flag),
            next_steps_of_file(found(verdict), file, OWN, has_waited=flag),
        )
        if hint is not None
    ]

    typed = [
        command
        for hint in hints
        for command in commands_in(
            f"```console\n{written(hint, again='acr-transfer run')[-1]}\n```"
        )
    ]

    assert len(typed) > len(hints)
    assert [fault for command in typed if (fault := fault_of(command))] == []
