"""How many stacks are worked on at a time, by cores and memory."""

import os
from pathlib import Path

import pytest

from fleet.budget import default_jobs

MEMORY = "MemTotal: 16000000 kB\nMemFree: 100 kB\nMemAvailable: {} kB\nCached: 8000000 kB\n"


@pytest.fixture(autouse=True)
def _four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)


@pytest.mark.parametrize(
    ("megabytes", "jobs"), [(8000, 8), (3200, 8), (3199, 7), (400, 1), (100, 1)]
)
def test_two_jobs_a_core_are_begun_as_far_as_there_is_memory(
    tmp_path: Path, megabytes: int, jobs: int
) -> None:
    memory = tmp_path / "meminfo"
    memory.write_text(MEMORY.format(megabytes * 1024))

    assert default_jobs(memory) == jobs


def test_where_nothing_tells_of_memory_the_cores_decide(tmp_path: Path) -> None:
    assert default_jobs(tmp_path / "nothing") == 8
