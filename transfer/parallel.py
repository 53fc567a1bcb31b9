"""Doing one thing for many, several at a time, in their order."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_PARALLEL = 8
Item = TypeVar("Item")
Result = TypeVar("Result")
# Is told how many are done, and how many there are.
OnDone = Callable[[int, int], None]


def for_each(
    items: Sequence[Item], action: Callable[[Item], Result], on_done: OnDone
) -> list[Result]:
    """Give what the action makes of each item; the first failure ends all."""
    results: list[Result] = []
    pool = ThreadPoolExecutor(_PARALLEL)
    try:
        for result in pool.map(action, items):
            results.append(result)
            on_done(len(results), len(items))
    finally:
        # One registry that cannot be reached is not asked for each artifact.
        pool.shutdown(cancel_futures=True)
    return results
