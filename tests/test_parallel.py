"""What is done for each item of a list, several at a time."""

from threading import Barrier

from transfer.parallel import for_each

# 20 repositories of 50 tags, in their order.
_ITEMS = [(repository, tag) for repository in range(20) for tag in range(50)]


def test_results_are_in_the_order_of_the_items() -> None:
    shown: list[tuple[int, int]] = []

    results = for_each(_ITEMS, lambda item: item, lambda *counts: shown.append(counts))

    assert results == _ITEMS
    assert shown == [(done, 1000) for done in range(1, 1001)]


def test_what_is_asked_first_is_of_all_repositories_so_that_their_tokens_are_got_at_once() -> None:
    first = Barrier(64)
    waiting: list[int] = []

    def ask(item: tuple[int, int]) -> None:
        waiting.append(item[0])
        if len(waiting) <= first.parties:
            first.wait(timeout=30)

    for_each(_ITEMS, ask, lambda *_: None)

    assert set(waiting[: first.parties]) == set(range(20))


def test_nothing_is_asked_for_an_empty_list() -> None:
    assert for_each([], lambda item: item, lambda *_: None) == []
