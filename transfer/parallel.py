"""Doing one thing for many, several at a time and each once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Generic, TypeVar

_PARALLEL = 64
Item = TypeVar("Item")
Result = TypeVar("Result")
# Is told how many are done, and how many there are.
OnDone = Callable[[int, int], None]


def for_each(
    items: Sequence[Item], action: Callable[[Item], Result], on_done: OnDone
) -> list[Result]:
    """Give what the action makes of each item; the first failure ends all.

    Neighbours in a list are of one repository, whose token one request gets for all: those that
    are asked at the same time come from all over the list, so that tokens are got side by side.
    """
    stride = -(-len(items) // _PARALLEL) or 1
    order = [index for first in range(stride) for index in range(first, len(items), stride)]
    results: dict[int, Result] = {}
    pool = ThreadPoolExecutor(_PARALLEL)
    try:
        answers = pool.map(action, [items[index] for index in order])
        for index, result in zip(order, answers, strict=True):
            results[index] = result
            on_done(len(results), len(items))
    finally:
        # One registry that cannot be reached is not asked for each artifact.
        pool.shutdown(cancel_futures=True)
    return [results[index] for index in range(len(items))]


class Once(Generic[Item, Result]):
    """A question that is asked once for each item, however many threads want the answer."""

    def __init__(self, ask: Callable[[Item], Result]) -> None:
        self._ask = ask
        self._lock = Lock()
        self._turns: dict[Item, Lock] = {}
        self._answers: dict[Item, Result] = {}

    def __call__(self, item: Item) -> Result:
        """Give the answer; after a failure the next one asks again."""
        with self._lock:
            turn = self._turns.setdefault(item, Lock())
        with turn:
            if item not in self._answers:
                self._answers[item] = self._ask(item)
            return self._answers[item]
