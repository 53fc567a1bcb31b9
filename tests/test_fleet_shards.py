"""Tenants divided among the jobs of a pipeline."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.model.names import SIDES
from fleet.records import FleetReport, Reason, Result, Row
from fleet.reports import keep
from fleet.shards import Service, balanced, matrix, seconds_of
from fleet.tasks import Verb
from fleet.tenants.folder import Tenant
from fleet.tenants.new import SideGiven, make_tenant
from transfer.errors import WrongUseError

NAMES = [f"tenant{number}" for number in range(9)]


def report(seconds: dict[str, float], result: Result = Result.DONE) -> FleetReport:
    reason = Reason.WAITED_FOR if result is Result.NOT_REACHED else None
    rows = [
        Row(
            tenant=name, stack=f"{name}-{side}", result=result, reason=reason, seconds=seconds[name]
        )
        for name in seconds
        for side in SIDES
    ]
    return FleetReport(command="up", seconds=1, rows=tuple(rows))


def test_one_that_takes_long_is_alone() -> None:
    seconds = {"slow": 90.0, "a": 30, "b": 30, "c": 30}

    assert balanced(seconds, seconds, 2) == [("slow",), ("a", "b", "c")]


def test_one_that_nothing_is_known_of_counts_as_the_mean() -> None:
    divided = balanced(["new1", "new2", "a", "b"], {"a": 10, "b": 30}, 2)

    assert divided == [("a", "b"), ("new1", "new2")]


def test_without_durations_the_numbers_are_even() -> None:
    assert [len(shard) for shard in balanced(NAMES, {}, 4)] == [3, 2, 2, 2]
    assert balanced(NAMES[:2], {}, 4) == [("tenant0",), ("tenant1",)]


@given(
    st.permutations(NAMES),
    st.dictionaries(st.sampled_from(NAMES), st.floats(0, 1000)),
    st.integers(1, 12),
)
def test_each_tenant_is_in_one_shard_whatever_their_order(
    names: list[str], seconds: dict[str, float], shards: int
) -> None:
    divided = balanced(names, seconds, shards)

    assert sorted(name for shard in divided for name in shard) == NAMES
    assert divided == balanced(NAMES, seconds, shards)
    assert all(divided)


def test_durations_are_of_the_last_report_that_has_done_something() -> None:
    found = seconds_of(
        [
            report({"a": 5, "b": 7}),
            report({"a": 20}),
            report({"a": 0}, Result.SKIPPED),
            report({"b": 0}, Result.NOT_REACHED),
        ]
    )

    assert found == {"a": 40, "b": 14}


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        (
            Service.GITHUB,
            {
                "include": [
                    {"shard": "shard1", "tenants": "a b"},
                    {"shard": "shard2", "tenants": "c"},
                ]
            },
        ),
        (
            Service.GITLAB,
            {
                ".fleet": {
                    "parallel": {
                        "matrix": [
                            {"SHARD": "shard1", "TENANTS": "a b"},
                            {"SHARD": "shard2", "TENANTS": "c"},
                        ]
                    }
                }
            },
        ),
        (Service.AZURE, {"shard1": {"TENANTS": "a b"}, "shard2": {"TENANTS": "c"}}),
    ],
)
def test_each_service_is_given_the_matrix_that_it_reads(
    service: Service, expected: dict[str, object]
) -> None:
    assert matrix(service, [("a", "b"), ("c",)]) == expected


@pytest.mark.parametrize(("service", "most"), [(Service.GITHUB, 256), (Service.GITLAB, 200)])
def test_more_jobs_than_a_service_runs_are_refused(service: Service, most: int) -> None:
    shards = [(f"t{number}",) for number in range(most + 1)]

    assert matrix(service, shards[:-1])
    with pytest.raises(WrongUseError, match=f"--shards {most + 1} is not valid.* --shards {most}"):
        matrix(service, shards)


def test_the_command_writes_one_line_of_json_by_the_kept_report(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        make_tenant(Tenant(tmp_path, name), {side: SideGiven("rg/registry1") for side in SIDES})
    keep(tmp_path, Verb.UP, report({"a": 5, "b": 5, "c": 50}))

    done = type_command(tmp_path, "--shards", "2", "--for", "azure")

    assert done.stdout.count("\n") == 1
    assert json.loads(done.stdout) == {"shard1": {"TENANTS": "c"}, "shard2": {"TENANTS": "a b"}}


def test_the_command_reads_reports_of_other_machines(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        make_tenant(Tenant(tmp_path, name), {side: SideGiven("rg/registry1") for side in SIDES})
    file = tmp_path / "report.json"
    file.write_text(report({"a": 50, "b": 5, "c": 5}).model_dump_json())

    done = type_command(tmp_path, "--shards", "2", "--for", "azure", "--report", str(file))

    assert json.loads(done.stdout) == {"shard1": {"TENANTS": "a"}, "shard2": {"TENANTS": "b c"}}
    file.write_text("{")
    refused = type_command(tmp_path, "--shards", "2", "--for", "azure", "--report", str(file))
    assert refused.returncode == 2
    assert f"--report {str(file)!r} is not valid: it is no report of acr-transfer fleet" in (
        " ".join(refused.stderr.split())
    )


def type_command(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "transfer", "fleet", "matrix", *words]
    return subprocess.run(
        [*command, "--dir", str(root)], capture_output=True, text=True, check=False
    )
