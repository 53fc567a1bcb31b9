"""Work through tasks, several at a time: the next begins as soon as a place is free."""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event

from fleet.records import BAD, Reason, Result, Row
from fleet.tasks import Plan, Task

Work = Callable[[Task], Row]


def work_through(
    plan: Plan,
    work: Work,
    jobs: int,
    on_row: Callable[[Row], None],
    stop: Event,
    *,
    is_fail_fast: bool = False,
) -> list[Row]:
    """Do all tasks, and give their rows in the order of the tasks.

    A failure stops nothing but what waits for it.

    Args:
        work: Does one task; it says in its row how that ended, and raises nothing.
        jobs: How many are done at a time.
        stop: Set when somebody asks to stop: nothing is begun any more, what runs is awaited.
        is_fail_fast: Begin nothing any more once a task has failed.
    """
    rows: dict[Task, Row] = {}
    waiting = list(plan.tasks)
    running: dict[Future[Row], Task] = {}

    def note(task: Task, row: Row) -> None:
        rows[task] = row
        on_row(row)

    with ThreadPoolExecutor(jobs) as pool:
        while waiting or running:
            for task in list(waiting):
                reason = _reason_not_to_begin(plan, task, rows, stop, is_fail_fast=is_fail_fast)
                if reason is not None:
                    waiting.remove(task)
                    note(task, task.row(Result.NOT_REACHED, reason))
                elif len(running) < jobs and _is_ready(plan, task, rows):
                    waiting.remove(task)
                    running[pool.submit(work, task)] = task
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                note(running.pop(future), future.result())
    return [rows[task] for task in plan.tasks]


def _is_ready(plan: Plan, task: Task, rows: dict[Task, Row]) -> bool:
    earlier = plan.before.get(task)
    return earlier is None or earlier in rows


def _reason_not_to_begin(
    plan: Plan, task: Task, rows: dict[Task, Row], stop: Event, *, is_fail_fast: bool
) -> Reason | None:
    if stop.is_set():
        return Reason.STOPPED
    earlier = plan.before.get(task)
    if earlier in rows and rows[earlier].result in BAD:
        return Reason.WAITED_FOR
    if is_fail_fast and any(row.result is Result.FAILED for row in rows.values()):
        return Reason.FAIL_FAST
    return None
