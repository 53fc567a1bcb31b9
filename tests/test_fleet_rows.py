"""What fails for one tenant: a row that says why, and the others done."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from fake_engine import FakeEngine, change, error, failed, refused, violation
from transfer_support import plain_console

from fleet.command import Fleet
from fleet.display import as_markdown
from fleet.records import FleetReport, Reason, Result, Row
from fleet.selection import Wanted
from fleet.tasks import Verb
from transfer.clock import Clock
from transfer.engine import Engine
from transfer.wiring import Machine

SIG = "sv=2025&sig=PLANTED%2Bsas%3D&se=2026"


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    monkeypatch.chdir(tmp_path)
    return FakeEngine(tmp_path, "contoso", "fabrikam")


def worked(
    engine: FakeEngine, verb: Verb = Verb.UP, program: str = "", **wanted: Any
) -> tuple[FleetReport, str]:
    console, shown = plain_console()
    with httpx.Client() as http:
        machine = Machine(Engine(program or str(engine.program)), http, Clock(), {})
        fleet = Fleet(engine.root, machine, console)
        report = fleet.do(
            verb, Wanted(**wanted or {"is_all": True}), 2, is_fail_fast=False, is_all_anew=True
        )
    return report, shown.getvalue()


def row_of(report: FleetReport, name: str = "contoso-source") -> Row:
    return next(row for row in report.rows if row.name == name)


def others(report: FleetReport) -> set[Result]:
    return {row.result for row in report.rows if row.tenant == "fabrikam"}


LOCKED = (
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to "
    "end or delete the lock file with `pulumi cancel`.",
    "  file:///state/.pulumi/locks/organization/acr-transfer/contoso-source/aa.json: created by "
    "ann@build7 (pid 71) at 2026-11-26T04:00:00Z",
)
CRASH = (
    "Program failed with an unhandled exception:\nTraceback (most recent call last):\n"
    '  File "__main__.py", line 2, in <module>\n    main()\n'
    "ValueError: no such thing\n\n"
)
EXIT = "an unhandled error occurred: program exited with non-zero exit code: 1"
FULL = (
    "pre-step event returned an error: failed to save snapshot: An IO error occurred while "
    'writing the new snapshot file: blob (key "contoso-source.json") (code=Unknown): write '
    "/state/contoso-source.json: no space left on device"
)
PANIC = ["panic: runtime error: invalid memory address", *["goroutine 1 [running]:"] * 30]

# As the engine ends whose store in Azure is gone when it writes a state.
LOST_STORE = [
    PANIC[0],
    "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x1ce9f76]",
    "goroutine 61 [running]:",
    "io.(*PipeReader).CloseWithError(...)",
    "\tio/pipe.go:149",
    "gocloud.dev/blob/azureblob.(*writer).Close.func1()",
]
GONE_STORE = (
    'read ".pulumi/meta.yaml": Get '
    '"https://contosostate.blob.core.windows.net/pulumi-state/.pulumi%2Fmeta.yaml": EOF'
)

URN = (
    "urn:pulumi:contoso-source::acr-transfer::acrtransfer:index:SourceSide$azure-native:keyvault"
    ":Vault::source-sas-vault"
)
KEPT = (
    "source-sas-vault is protected, and neither deleted nor replaced. If its side's account and "
    "vault are to go: write acr-transfer:protect: false in Pulumi.contoso-source.yaml, and deploy "
    "that before this change"
)


@pytest.mark.parametrize(
    ("scene", "reason", "first"),
    [
        (
            refused(*LOCKED),
            Reason.LOCKED,
            "locked by ann@build7 (pid 71) since 2026-11-26T04:00:00Z. Then type: "
            "pulumi cancel -s contoso-source -C tenants/contoso",
        ),
        (
            refused(
                "error: getting stack configuration: get stack secrets manager: "
                "incorrect passphrase"
            ),
            Reason.ENCRYPTION,
            "incorrect passphrase",
        ),
        (
            refused("error: unable to open bucket file:///state: no such file or directory"),
            Reason.BACKEND,
            "unable to open bucket file:///state: no such file or directory",
        ),
        (refused(f"error: {GONE_STORE}"), Reason.BACKEND, GONE_STORE),
        (
            refused(*LOST_STORE),
            Reason.BACKEND,
            f"the engine crashed as it used the store of the stacks' states: {PANIC[0]}",
        ),
        ({**failed(FULL), "err": PANIC}, Reason.DISK, FULL),
        (failed(CRASH), Reason.PROGRAM, "ValueError: no such thing"),
        (failed(EXIT), Reason.PROGRAM, EXIT),
        (
            failed("The configuration has 2 problems:\n  acr-transfer:imges: no such key\n", EXIT),
            Reason.SETTINGS,
            "The configuration has 2 problems: acr-transfer:imges: no such key",
        ),
        (
            failed("update failed", "1 error occurred:\n\t* creating urn:x: Code=Denied"),
            Reason.ENGINE,
            "1 error occurred: creating urn:x: Code=Denied",
        ),
        (
            {"out": [error("creating a vault failed")], "cut": '{"sequence":9,', "killed": True},
            Reason.KILLED,
            "The engine was killed by signal 9. Then type: "
            "pulumi cancel -s contoso-source -C tenants/contoso",
        ),
        (
            failed(
                f'unable to replace resource "{URN}"\nas it is currently marked for protection. To '
                "unprotect the resource, remove the `protect` flag from the resource in your "
                "Pulumi program and run `pulumi up`"
            ),
            Reason.PROTECTED,
            KEPT,
        ),
        (
            failed(
                f'Preview failed: resource "{URN}" cannot be deleted\nbecause it is protected. To '
                "unprotect the resource, either remove the `protect` flag from the resource in "
                f"your Pulumi program and run `pulumi up`, or use the command:\n`pulumi state "
                f"unprotect '{URN}'`"
            ),
            Reason.PROTECTED,
            KEPT,
        ),
        ({"code": 255}, Reason.ENGINE, "the engine failed, and did not say why"),
    ],
    ids=[
        "locked",
        "passphrase",
        "backend",
        "backend is gone",
        "backend goes away",
        "disk",
        "crash",
        "exit",
        "settings",
        "azure",
        "killed",
        "replaced though protected",
        "deleted though protected",
        "silent",
    ],
)
def test_a_failed_row_says_in_one_line_what_it_is_and_the_others_are_done(
    engine: FakeEngine, scene: dict[str, Any], reason: Reason, first: str
) -> None:
    engine.plays(contoso_source=scene)

    report, shown = worked(engine)

    row = row_of(report)
    assert (row.result, row.reason, row.cause.partition("\n")[0]) == (Result.FAILED, reason, first)
    assert row_of(report, "contoso-target").reason is Reason.WAITED_FOR
    assert others(report) == {Result.UNCHANGED}
    assert first in shown


def test_a_broken_policy_is_the_reason_and_changes_and_violations_are_in_row_report_and_log(
    engine: FakeEngine,
) -> None:
    broken = [violation("storage-tls", "mandatory"), violation("lasting-resources", "advisory")]
    engine.plays(
        contoso_source={"out": [change("create"), *broken], "code": 255},
        fabrikam_source={"out": broken[1:]},
    )

    report, shown = worked(engine, Verb.PREVIEW)

    row = row_of(report)
    assert row.reason is Reason.POLICY
    assert row.cause.startswith("source-account does not keep policy storage-tls: It says why.")
    assert [item.operation for item in row.changes] == ["create"]
    assert [item.rule for item in row.violations] == ["storage-tls", "lasting-resources"]
    assert others(report) == {Result.UNCHANGED}
    assert FleetReport.model_validate_json(report.as_json()) == report
    log = Path(row.log).read_text()
    assert "mandatory policy storage-tls, source-account: It says why." in log
    assert "contoso-source failed" in shown
    assert ", 2 policy violations: source-account does not keep" in shown
    assert "fabrikam-source unchanged" in shown


def test_without_its_file_a_stack_is_not_made_nor_made_empty(engine: FakeEngine) -> None:
    (engine.root / "tenants/contoso/Pulumi.contoso-source.yaml").unlink()

    report, _ = worked(engine)

    row = row_of(report)
    assert (row.result, row.reason) == (Result.FAILED, Reason.SETTINGS)
    assert row.cause == (
        "stack 'contoso-source' is not valid: it has no Pulumi.contoso-source.yaml. To get a file "
        "back that was committed: git checkout -- tenants/contoso/Pulumi.contoso-source.yaml"
    )
    assert not [call for call in engine.calls() if "contoso" in call]
    assert others(report) == {Result.UNCHANGED}


def test_a_new_stack_is_made_before_its_first_up_and_no_other_is(engine: FakeEngine) -> None:
    engine.lists("contoso-source", "contoso-target", "fabrikam-source")

    report, _ = worked(engine)

    assert {row.result for row in report.rows} == {Result.UNCHANGED}
    assert sorted(engine.calls()) == [
        "contoso-source up",
        "contoso-target up",
        "fabrikam-source up",
        "fabrikam-target stack",
        "fabrikam-target up",
    ]


@pytest.mark.parametrize("verb", [Verb.UP, Verb.PREVIEW, Verb.VERIFY])
def test_a_file_that_is_no_yaml_is_of_the_settings(engine: FakeEngine, verb: Verb) -> None:
    (engine.root / "tenants/contoso/Pulumi.contoso-source.yaml").write_text("config:\n  a: [\n")

    report, _ = worked(engine, verb, names=("contoso",))

    bad = report.bad[0]
    assert bad.reason is Reason.SETTINGS
    assert bad.cause.startswith("Pulumi.contoso-source.yaml is not valid: ")


def test_an_engine_that_is_not_there_is_said_in_each_row(engine: FakeEngine) -> None:
    report, _ = worked(engine, Verb.PREVIEW, program=str(engine.root / "nowhere"))

    assert {row.reason for row in report.rows} == {Reason.ENGINE}
    assert "pulumi on PATH is not usable" in report.rows[0].cause


def test_a_full_disk_of_the_log_does_not_stop_the_engine(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_as_told = Path.open

    def open_full(self: Path, *words: Any, **more: Any) -> Any:
        return open_as_told(Path("/dev/full") if self.suffix == ".log" else self, *words, **more)

    monkeypatch.setattr(Path, "open", open_full)
    engine.plays(contoso_source={"out": [change("create")] * 3})

    report, _ = worked(engine, names=("contoso",))

    row = row_of(report)
    assert (row.result, row.reason) == (Result.FAILED, Reason.DISK)
    assert row.cause == (
        "the work is done, but its log is cut off: [Errno 28] No space left on device"
    )


def test_a_log_that_cannot_be_made_fails_its_row_alone(engine: FakeEngine) -> None:
    (engine.root / ".acr-transfer/fleet/logs/contoso-source.preview.log").mkdir(parents=True)

    report, _ = worked(engine, Verb.PREVIEW)

    assert row_of(report).cause.startswith("the log cannot be written: ")
    assert [row.name for row in report.bad] == ["contoso-source"]


def test_an_error_of_our_own_fails_its_row_alone(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(line: str, _story: object) -> list[str]:
        raise KeyError(line)

    monkeypatch.setattr("fleet.work.read_event", read)
    engine.plays(contoso_source={"out": ["text"]})

    report, _ = worked(engine, Verb.PREVIEW)

    assert row_of(report).reason is Reason.UNEXPECTED
    assert row_of(report).cause.startswith("unexpected error in test_fleet_rows.py, line ")
    assert [row.name for row in report.bad] == ["contoso-source"]


def test_no_secret_is_in_a_log_a_row_a_report_or_what_is_shown(engine: FakeEngine) -> None:
    state = {"inputs": {"sas": "PLANTED"}, "outputs": {"contract": {"key": "PLANTED"}}}
    engine.plays(
        contoso_source={
            "out": [
                change("update", ["tags.owner"], state),
                f"plain text with {SIG}",
                error(f"PUT https://account/container?{SIG} was refused"),
            ],
            "err": [f"error: Authorization: Bearer {'PLANTED' * 4}"],
            "code": 1,
        },
        fabrikam_source={
            "out": [change("create", (), state)],
            "cut": '{"resOutputsEvent":{"metadata":{"new":{"outputs":{"key":"PLANTED',
            "killed": True,
        },
    )

    report, shown = worked(engine)

    folder = engine.root / ".acr-transfer"
    texts = [file.read_text() for file in folder.rglob("*") if file.is_file()]
    texts += [shown, as_markdown(report), report.model_dump_json()]
    assert len(list(folder.rglob("*.log"))) == 2
    assert any("was refused" in text for text in texts)
    assert [text for text in texts if "PLANTED" in text] == []
    assert {row.name for row in report.bad if row.result is Result.FAILED} == {
        "contoso-source",
        "fabrikam-source",
    }


def test_after_a_failure_failed_goes_on_with_that_alone(engine: FakeEngine) -> None:
    engine.plays(contoso_target=failed("no"))
    worked(engine)
    engine.plays()
    before = len(engine.calls())

    report, _ = worked(engine, is_failed=True)

    assert [row.name for row in report.rows] == ["contoso-target"]
    assert engine.calls()[before:] == ["contoso-target up"]
