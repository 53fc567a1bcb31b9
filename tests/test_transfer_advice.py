"""After a failure the last line is a command that helps, for the stacks at hand."""

import shlex
from pathlib import Path

import pytest
from doc_commands import commands_in, fault_of

from components.model.names import Side
from transfer.advice import next_steps, next_steps_of_file
from transfer.hints import Hint, Option, Pulumi, Rerun
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


def written(
    hint: Hint | None, pair: Pair = OWN, again: str = "acr-transfer again", **options: str
) -> list[str]:
    """Write a hint for stacks of which each has the `rerun` 2."""
    assert hint is not None
    config = {f"acr-transfer:{key}": value for key, value in options.items()}
    lines = pair.lines(
        hint, tuple(shlex.split(again)), lambda _side: {"acr-transfer:rerun": "2"} | config
    )
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
        ((Verdict.SUBJECT_MISSING,), False, "acr-transfer run --target contoso-target"),
        ((Verdict.SUBJECT_MISSING, Verdict.NOT_LISTED), True, "acr-transfer again"),
    ],
)
def test_the_last_line_is_the_command_that_helps(
    verdicts: tuple[Verdict, ...], is_after_run: bool, last: str
) -> None:
    hint = next_steps(found(*verdicts), OWN, is_after_run=is_after_run)

    assert written(hint)[-1] == last


def locked(*pairs: tuple[str, str, Verdict]) -> Verification:
    """Give a verification of locked artifacts by name, blob and verdict."""
    return Verification(
        tuple(
            Check(name, "run", blob, "", "", 1, verdict, locked=True)
            for name, blob, verdict in pairs
        )
    )


def moved_to(verdict: Verdict, *others: tuple[str, str, Verdict]) -> Verification:
    """Give a verification with a tag that moved at the source, and others."""
    moved = Check("a:1", "run", "blob", "", "", 1, verdict, locked=True, moved_to="sha256:1")
    return Verification((moved, *locked(*others).checks))


def test_drift_asks_for_the_option_that_overwrites_and_for_its_batch_anew() -> None:
    drift = locked(
        ("a:1", "acr-transfer-beef", Verdict.DIFFERS),
        ("b:1", "acr-transfer-beef", Verdict.ARRIVED),
        ("c:1", "acr-transfer-cafe", Verdict.DIFFERS),
        ("d:1", "acr-transfer-cafe", Verdict.DIFFERS),
    )
    anew = "acr-transfer lock --renew a:1 --renew cafe && acr-transfer run --target contoso-target"
    hint = next_steps(drift, OWN, is_after_run=False)

    typed = [written(hint, options=options)[-1] for options in ('["OverwriteTags"]', '["A"]', "")]

    key = "pulumi config set --path 'acr-transfer:options[{}]' OverwriteTags -s contoso-target"
    assert typed == [anew, f"{key.format(1)} && {anew}", f"{key.format(0)} && {anew}"]


def test_tags_that_moved_since_the_lock_ask_for_another_lock() -> None:
    moved = moved_to(Verdict.MOVED_SINCE_LOCK, ("b:1", "blob", Verdict.ARRIVED))

    hint = next_steps(moved, Pair("own", "target", Path("at")), is_after_run=True)

    assert written(hint, Pair("own", "target", Path("at")))[-1] == (
        "acr-transfer lock --source own --dir at && acr-transfer run --source own --dir at"
    )


def test_drift_of_a_tag_that_moved_too_is_locked_anew_before_others_are_exported_anew() -> None:
    both = moved_to(Verdict.DIFFERS, ("b:1", "blob", Verdict.DIFFERS))

    hint = next_steps(both, Pair(), is_after_run=True)

    assert written(hint, options='["OverwriteTags"]')[-1] == (
        "acr-transfer lock && acr-transfer lock --renew b:1 && acr-transfer run"
    )


def test_with_a_lock_what_a_run_did_not_bring_is_exported_anew_alone() -> None:
    lost = locked(("a:1", "acr-transfer-1", Verdict.MISSING), ("b:1", "2", Verdict.INCOMPLETE))

    before, after = (
        written(next_steps(lost, Pair(), is_after_run=flag))[-1] for flag in (False, True)
    )

    assert before == "acr-transfer run"
    assert after == "acr-transfer lock --renew a:1 --renew b:1 && acr-transfer run"


def test_without_the_source_drift_names_what_to_type_on_its_side() -> None:
    drift = locked(("a:1", "acr-transfer-1", Verdict.DIFFERS))

    lines = written(next_steps_of_file(drift, Path("f"), Pair(), has_waited=True))

    assert "On the source's side type acr-transfer lock --renew a:1, bring" in lines[-2]
    assert lines[-1].startswith("pulumi config set --path 'acr-transfer:options[0]' OverwriteTags")
    assert lines[-1].endswith(" && acr-transfer again")


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
    configs: dict[Side, dict[str, str]] = {"source": {}, "target": {"acr-transfer:rerun": "7"}}
    hint = Hint(steps=(Rerun("source"), Rerun("target")), is_repeated=False)

    lines = Pair().lines(hint, (), configs.__getitem__)

    assert lines == [
        "pulumi config set acr-transfer:rerun 1 -s source && "
        "pulumi config set acr-transfer:rerun 8 -s target"
    ]


def test_what_all_tenants_share_is_kept_where_a_tenant_gets_a_value_of_its_own() -> None:
    shared = {"acr-transfer:rerun": "7", "acr-transfer:options": '["ContinueOnErrors"]'}
    hint = Hint(steps=(Rerun("target"), Option("target", "OverwriteTags")), is_repeated=False)

    lines = Pair().lines(hint, (), lambda _: {}, lambda _: shared)

    assert lines[0].split(" && ") == [
        "pulumi config set acr-transfer:rerun 8 -s target",
        "pulumi config set --path 'acr-transfer:options[0]' ContinueOnErrors -s target",
        "pulumi config set --path 'acr-transfer:options[1]' OverwriteTags -s target",
    ]


def test_an_option_that_all_tenants_share_is_not_given_again() -> None:
    hint = Hint(steps=(Option("target", "OverwriteTags"),), is_repeated=False)

    lines = Pair().lines(
        hint, (), lambda _: {}, lambda _: {"acr-transfer:options": '["OverwriteTags"]'}
    )

    assert lines == []


def test_every_command_of_an_advice_is_one_that_there_is() -> None:
    file = Path("disk/handover.json")
    hints = [
        hint
        for verdict in Verdict
        for verification in (found(verdict), locked(("a:1", "blob", verdict)), moved_to(verdict))
        for flag in (True, False)
        for hint in (
            next_steps(verification, OWN, is_after_run=flag),
            next_steps_of_file(verification, file, OWN, has_waited=flag),
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
