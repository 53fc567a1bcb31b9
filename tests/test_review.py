"""The comment of a pull request: what it says first, leaves out, and never shows."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fake_engine import FakeEngine
from git_support import Repository
from golden_files import require_golden
from hypothesis import given
from hypothesis import strategies as st
from locks import found, lock
from pull_request_scene import call, open_pull_request, record
from transfer_support import plain_console
from typer.testing import CliRunner

from fleet.records import Change, FleetReport, Reason, Result, Row, Violation
from rehearsal.records import Outcome, PairRow, RehearsalReport, StackChanges, Step, StepRow
from review.judge import Review, judge, merged
from review.records import Kind, Records, TenantRecords, read_records
from review.views import CUT, MARKER, markdown, show
from transfer.cli import app
from transfer.diff.compare import compare, earlier_lock
from transfer.diff.record import Diff
from transfer.lock.record import LockCheck

LIMIT = 60_000
SIGNATURE = "sig=PLANTEDPLANTED%2Fabc"
FITS = LockCheck(file="images.lock", artifacts=1, differences=())
VAULT = Change(operation="replace", type="azure-native:keyvault:Vault", name="source-vault")
RUN = Change(operation="create", type="azure-native:containerregistry:PipelineRun", name="run")
ADVICE = Violation(rule="tags", level="advisory", urn="a::b", message="It has no owner.")


def diff(*names: str, before: tuple[str, ...] = ("shop/web:1.4",)) -> Diff:
    earlier = lock([found(name) for name in before])
    after = lock([found(name) for name in (*before, *names)], earlier.artifacts)
    return compare(after, earlier_lock(earlier, "images.lock of main"))


def preview(tenant: str, *changes: Change, side: str = "source", **more: object) -> Row:
    result = Result.DONE if changes else Result.UNCHANGED
    row = Row(tenant=tenant, stack=f"{tenant}-{side}", result=result, changes=changes)
    return row.model_copy(update=more)


def rehearsed(name: str, *changes: Change, said: str = "", moved: tuple[str, ...] = ()) -> PairRow:
    outcome = Outcome.FAILED if said else Outcome.PROVED
    return PairRow(
        name=name,
        source=f"{name}-source",
        target=f"{name}-target",
        steps=(StepRow(step=Step.TRANSFER, outcome=outcome, said=said),),
        changed=(StackChanges(stack=f"{name}-source", changes=changes),),
        moved=moved,
    )


def reviewed(*tenants: TenantRecords, every: bool = True) -> Review:
    """Judge records; with one of each kind somewhere, unless it is said."""
    kinds = {kind for tenant in tenants for kind in tenant.kinds}
    return judge(Records({one.name: one for one in tenants}, kinds=set(Kind) if every else kinds))


def whole(name: str, *rows: Row, **more: object) -> TenantRecords:
    """Give all records of a tenant."""
    one = TenantRecords(name, FITS, diff(), rehearsed(name), [*rows] or [preview(name)])
    for key, value in more.items():
        setattr(one, key, value)
    return one


def many(tenants: int = 20, images: int = 300) -> Review:
    """Review tenants that all change much, and the last of them most of all."""
    names = [f"tenant{number:02}" for number in range(tenants)]
    changes = [VAULT, *(RUN.model_copy(update={"name": f"run-{n}"}) for n in range(40))]
    records = [
        whole(name, preview(name, *changes), diff=diff("shop/api:1", "shop/api:2"))
        for name in names
    ]
    records[-1].diff = diff(*(f"team{n % 12}/app:{n}" for n in range(images)))
    return reviewed(*records)


def test_the_comment_of_a_pull_request_is_as_reviewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    open_pull_request(tmp_path)
    record(tmp_path, tmp_path / "records")

    text = call("review", "records", "--changed-since", "main", "--markdown")

    require_golden("review/pull-request.md", text)
    shown = call("review", "records", "--changed-since", "main")
    require_golden("review/terminal.txt", shown)


def test_20_tenants_and_300_images_fit_and_the_most_important_is_first() -> None:
    review = many()

    text = markdown(review, LIMIT)

    assert len(markdown(review)) > LIMIT >= len(text)
    lines = text.splitlines()
    assert lines[0] == MARKER
    assert lines[1].startswith("**20 of 20 tenants change. Artifacts: 338 added; ")
    assert lines[3] == "### 20 destructive changes"
    assert sum("Vault source-vault" in line for line in lines[4:30]) == 20
    assert [line for line in lines if line.startswith("### tenant")] == [
        f"### tenant{number:02}" for number in range(20)
    ]
    assert text.count("<details>") == text.count("</details>") > 20
    assert "left out of this text" in text
    assert lines[-1] == f"- {CUT}"


def test_where_no_table_fits_each_tenant_is_a_line() -> None:
    lines = markdown(many(), 6_000).splitlines()

    assert "<details>" not in lines
    assert [line for line in lines if line.startswith("- **tenant07**: 1 new run would move 2 ")]


MANY = many(images=30)


@given(st.integers(min_value=2_000, max_value=80_000), st.integers(0, 20))
def test_within_any_limit_the_sum_and_the_end_are_kept(limit: int, tenants: int) -> None:
    review = replace(MANY, changed=MANY.changed[:tenants], missing=(Kind.PREVIEW,))

    text = markdown(review, limit)

    assert len(text) <= limit
    assert text.startswith(f"{MARKER}\n**")
    end = "- Not looked at: what changes in Azure, and whether policies are kept.\n"
    is_cut = text != markdown(review)
    assert text.endswith(f"{end}- {CUT}\n" if is_cut else end)


def test_tenants_that_do_not_change_are_counted_and_not_listed() -> None:
    text = markdown(
        reviewed(
            whole("adatum"),
            whole("contoso", preview("contoso", RUN)),
            whole("fabrikam", preview("fabrikam", violations=(ADVICE,))),
        )
    )

    assert text.startswith(f"{MARKER}\n**1 of 3 tenants changes. Resources: 1 to create.**\n")
    assert "adatum" not in text
    assert "fabrikam" not in text


def test_nothing_at_all_is_one_line() -> None:
    assert markdown(reviewed(whole("adatum"))) == f"{MARKER}\n**Nothing changes in 1 tenant.**\n"


def test_a_replacement_that_the_engine_tells_in_three_steps_is_one_change() -> None:
    steps = [
        VAULT.model_copy(update={"operation": operation, "properties": (name,)})
        for operation, name in (
            ("create-replacement", "location"),
            ("replace", "vaultName"),
            ("delete-replaced", "location"),
        )
    ]

    (change,) = merged(steps)

    assert change == VAULT.model_copy(update={"properties": ("location", "vaultName")})
    assert merged([RUN, RUN.model_copy(update={"operation": "delete"})])[0] == RUN


@pytest.mark.parametrize(
    ("row", "told_by"),
    [
        (preview("contoso", VAULT), "preview"),
        (preview("contoso", RUN), "rehearsal"),
        (preview("contoso", cause="the stack does not exist"), "rehearsal"),
        (preview("contoso", result=Result.FAILED, reason=Reason.BACKEND), "rehearsal"),
        (None, "rehearsal"),
    ],
    ids=["both", "not in the preview", "no stack", "failed", "no preview"],
)
def test_what_is_destroyed_is_told_whoever_sees_it(row: Row | None, told_by: str) -> None:
    one = whole("contoso", rehearsal=rehearsed("contoso", VAULT), previews=[row] if row else [])

    text = markdown(reviewed(one))

    assert "### 1 destructive change\n" in text
    assert f"| contoso-source | replace | Vault source-vault | {told_by} |" in text


def test_a_lock_that_stays_and_is_exported_again_is_told() -> None:
    one = whole("contoso", rehearsal=rehearsed("contoso", VAULT, moved=("shop/web:1.4",)))

    assert "- Exported again, although the lock stays as it is: shop/web:1.4.\n" in (
        markdown(reviewed(one))
    )


def test_without_a_login_the_rehearsal_tells_the_changes_and_what_was_not_looked_at_is_said() -> (
    None
):
    one = TenantRecords("contoso", FITS, diff("shop/api:1"), rehearsed("contoso", RUN))

    text = markdown(reviewed(one, every=False))

    assert "Resources: 1 to create.**\n" in text
    assert text.endswith("- Not looked at: what changes in Azure, and whether policies are kept.\n")
    assert "failure" not in text


def test_failures_are_named_with_what_was_said() -> None:
    mismatch = LockCheck(file="images.lock", artifacts=1, differences=("shop/web:1.5: no line",))
    locked = {"result": Result.FAILED, "reason": Reason.LOCKED, "cause": "locked by ann"}

    review = reviewed(
        whole("contoso", lock=mismatch, rehearsal=rehearsed("contoso", said="Code=Conflict")),
        whole("fabrikam", preview("fabrikam", **locked)),
    )

    assert [(item.tenant, item.step, item.said) for item in review.failures] == [
        ("contoso", "lock", "images.lock does not fit the list: shop/web:1.5: no line"),
        ("contoso", "rehearse: transfer", "Code=Conflict"),
        ("fabrikam", "preview: fabrikam-source", "locked by ann"),
    ]


def test_a_broken_policy_is_told_once_and_with_the_changes() -> None:
    broken = ADVICE.model_copy(update={"level": "mandatory"})
    refused = {"result": Result.FAILED, "reason": Reason.POLICY, "cause": "b does not keep policy"}

    text = markdown(
        reviewed(whole("contoso", preview("contoso", RUN, violations=(broken, ADVICE), **refused)))
    )

    assert "### 1 broken policy\n" in text
    assert "failure" not in text
    assert "Resources: 1 to create." in text


def test_a_record_that_was_begun_and_not_ended_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "contoso").mkdir()
    (tmp_path / "contoso/lock.json").write_text(FITS.as_json())
    (tmp_path / "contoso/diff.json").touch()
    (tmp_path / "preview-1.json").write_text('{"version": 1,')

    review = judge(read_records(tmp_path))

    said = "its step has left no whole record; its log says why"
    assert [(item.tenant, item.step, item.said) for item in review.failures] == [
        ("", "preview", said),
        ("contoso", "diff", said),
        ("contoso", "preview", "its step has left no record; its log says why"),
    ]


def test_a_changed_tenant_that_was_not_looked_at_is_a_failure(tmp_path: Path) -> None:
    open_pull_request(tmp_path)
    (tmp_path / "records/contoso").mkdir(parents=True)
    (tmp_path / "records/contoso/diff.json").write_text(diff().as_json())

    result = CliRunner().invoke(
        app,
        ["review", str(tmp_path / "records"), "--changed-since", "main", "--dir", str(tmp_path)],
    )

    assert [name for name in ("adatum", "fabrikam", "northwind") if name not in result.stdout] == []
    assert result.stdout.endswith("5 of 7 tenants change, 1 removed.\n")


def test_texts_of_others_are_neither_markup_nor_html_nor_mentions() -> None:
    text = "<img src=x> | @everyone `code` [link](https://example.com)"
    one = whole("con<b>toso", preview("contoso", VAULT.model_copy(update={"name": text})))
    one.rehearsal = rehearsed("contoso", said=text)

    lines = markdown(reviewed(one)).splitlines()

    as_code = "<img src=x> \\| @everyone 'code' [link](https://example.com)"
    told = [line for line in lines if "everyone" in line]
    assert len(told) == 3
    assert [line for line in told if f"{as_code}`" not in line] == []
    assert "### con&lt;b&gt;toso" in lines


def test_a_planted_secret_is_in_no_record_no_comment_and_no_summary(tmp_path: Path) -> None:
    engine = FakeEngine(tmp_path, "contoso")
    Repository(tmp_path).commit("tenants/contoso/images.lock", lock([found("shop/web:1")]).text())
    state = {"inputs": {"sas": "PLANTED"}, "outputs": {"contract": {"key": "PLANTED"}}}
    metadata = {
        "op": "update",
        "urn": "urn:pulumi:contoso-source::acr-transfer::x:y:Vault::vault",
        "type": "x:y:Vault",
        "old": state,
        "new": state,
        "detailedDiff": {"properties.value": {"diffKind": "update"}},
    }
    said = f"PUT https://account/container?{SIGNATURE} was refused"
    policy = {"policyName": "sas", "enforcementLevel": "mandatory", "message": said}
    engine.plays(
        contoso_source={
            "out": [{"resourcePreEvent": {"metadata": metadata}}, {"policyEvent": policy}]
        },
        contoso_target={
            "out": [{"diagnosticEvent": {"severity": "error", "message": said}}],
            "err": [f"error: Authorization: Bearer {'PLANTED' * 4}"],
            "code": 1,
        },
    )
    records = tmp_path / "records"
    records.mkdir()

    printed = CliRunner(env=engine.environment()).invoke(
        app, ["fleet", "preview", "--all", "--json", "--dir", str(tmp_path)]
    )
    (records / "preview.json").write_text(printed.stdout)
    failed = RehearsalReport(seconds=1, pairs=(rehearsed("contoso", said=said),))
    (records / "rehearse.json").write_text(failed.as_json())
    review = judge(read_records(records))
    console, stream = plain_console()
    show(review, console)

    texts = [markdown(review), markdown(review, 2_000), stream.getvalue()]
    assert [text for text in texts if "was refused" not in text] == []
    assert "properties.value" in texts[0]
    assert [text for text in (*texts, printed.stdout) if "PLANTED" in text] == []


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (None, "holds no record"),
        ("contoso/images.json", "the names of records are TENANT/lock.json"),
        ("lock.json", "the names of records are TENANT/lock.json"),
    ],
)
def test_a_folder_that_holds_something_else_is_wrong_use(
    tmp_path: Path, file: str | None, said: str
) -> None:
    if file:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(json.dumps({}))

    result = CliRunner().invoke(app, ["review", str(tmp_path), "--markdown"])

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_limit_without_markdown_is_wrong_use(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["review", str(tmp_path), "--limit", "3000"])

    assert result.exit_code == 2
    assert "--limit is of --markdown" in result.stderr


def test_records_of_many_jobs_are_taken_together(tmp_path: Path) -> None:
    for name in ("contoso", "fabrikam"):
        report = FleetReport(command="preview", seconds=1, rows=(preview(name, RUN),))
        (tmp_path / f"job-{name}").mkdir()
        (tmp_path / f"job-{name}/preview.json").write_text(report.as_json())

    assert [one.name for one in judge(read_records(tmp_path)).changed] == ["contoso", "fabrikam"]
