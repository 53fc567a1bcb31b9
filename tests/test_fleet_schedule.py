"""Many tenants at once: what waits for what, and what a failure stops."""

from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Event, Lock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.records import BAD, Reason, Result, Row
from fleet.schedule import work_through
from fleet.tasks import Task, Verb, plan
from fleet.tenants.folder import Tenant

ROOT = Path("/checkout")


def tenants(*names: str) -> list[Tenant]:
    return [Tenant(ROOT, name) for name in names]


def row(task: Task, result: Result = Result.DONE) -> Row:
    return Row(tenant=task.tenant.name, stack=task.stack, result=result)


def ended(
    verb: Verb,
    work: Callable[[Task], Row],
    *names: str,
    jobs: int = 2,
    stop: Event | None = None,
    is_fail_fast: bool = False,
) -> dict[str, tuple[Result, Reason | None]]:
    todo = plan(verb, tenants(*names))
    told: list[Row] = []
    rows = work_through(todo, work, jobs, told.append, stop or Event(), is_fail_fast=is_fail_fast)
    assert [item.name for item in rows] == [task.name for task in todo.tasks]
    assert sorted(item.name for item in told) == sorted(item.name for item in rows)
    return {item.name: (item.result, item.reason) for item in rows}


@pytest.mark.parametrize(
    ("verb", "first", "second"),
    [
        (Verb.UP, "contoso-source", "contoso-target"),
        (Verb.DESTROY, "contoso-target", "contoso-source"),
    ],
)
def test_a_stack_waits_for_the_other_one_of_its_tenant(verb: Verb, first: str, second: str) -> None:
    begun: list[str] = []

    def work(task: Task) -> Row:
        begun.append(task.name)
        return row(task)

    ended(verb, work, "contoso", jobs=4)

    assert begun == [first, second]


def test_tenants_are_worked_on_side_by_side() -> None:
    both = Barrier(2, timeout=60)

    def work(task: Task) -> Row:
        if task.side == "source":
            both.wait()
        return row(task)

    assert set(ended(Verb.UP, work, "contoso", "fabrikam").values()) == {(Result.DONE, None)}


def test_previews_wait_for_nothing() -> None:
    both = Barrier(2, timeout=60)

    def work(task: Task) -> Row:
        both.wait()
        return row(task)

    ended(Verb.PREVIEW, work, "contoso")


def test_a_transfer_is_of_the_pair() -> None:
    assert list(ended(Verb.RUN, row, "contoso", "fabrikam")) == ["contoso", "fabrikam"]


def test_a_failure_stops_nothing_but_what_waits_for_it() -> None:
    def work(task: Task) -> Row:
        return row(task, Result.FAILED if task.name == "contoso-source" else Result.DONE)

    assert ended(Verb.UP, work, "contoso", "fabrikam", jobs=1) == {
        "contoso-source": (Result.FAILED, None),
        "contoso-target": (Result.NOT_REACHED, Reason.WAITED_FOR),
        "fabrikam-source": (Result.DONE, None),
        "fabrikam-target": (Result.DONE, None),
    }


def test_with_fail_fast_nothing_is_begun_after_a_failure() -> None:
    def work(task: Task) -> Row:
        return row(task, Result.FAILED)

    found = ended(Verb.PREVIEW, work, "contoso", "fabrikam", jobs=1, is_fail_fast=True)

    assert list(found.values()) == [
        (Result.FAILED, None),
        *[(Result.NOT_REACHED, Reason.FAIL_FAST)] * 3,
    ]


def test_after_a_stop_what_runs_is_awaited_and_nothing_is_begun() -> None:
    stop = Event()

    def work(task: Task) -> Row:
        stop.set()
        return row(task, Result.STOPPED)

    found = ended(Verb.UP, work, "contoso", "fabrikam", jobs=1, stop=stop)

    assert list(found.values()) == [
        (Result.STOPPED, None),
        *[(Result.NOT_REACHED, Reason.STOPPED)] * 3,
    ]


@given(
    st.integers(1, 5),
    st.sets(st.sampled_from([f"t{number}-source" for number in range(8)])),
)
def test_every_task_is_done_once_or_waits_for_one_that_failed(jobs: int, bad: set[str]) -> None:
    lock = Lock()
    now: set[str] = set()
    most = 0
    done: list[str] = []

    def work(task: Task) -> Row:
        nonlocal most
        with lock:
            now.add(task.name)
            most = max(most, len(now))
        with lock:
            now.discard(task.name)
            done.append(task.name)
        return row(task, Result.FAILED if task.name in bad else Result.DONE)

    found = ended(Verb.UP, work, *(f"t{number}" for number in range(8)), jobs=jobs)

    assert most <= jobs
    assert len(done) == len(set(done)) == 16 - len(bad)
    assert {name for name, (result, _) in found.items() if result in BAD} == bad | {
        name.replace("source", "target") for name in bad
    }
