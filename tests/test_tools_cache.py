"""The cache, the runner and the pins of the set-up survive interrupts and bad answers."""

import os
import threading
from pathlib import Path

import pytest

from tools import pins, run
from tools.cache import UNFINISHED, keep, kept
from tools.places import Places
from tools.run import ToolError
from tools.tool import Recipe, Tool, provide


def fill(folder: Path) -> None:
    (folder / "program").write_text("complete")


def interrupted(folder: Path) -> None:
    (folder / "program").write_text("half")
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.258.0", (3, 258, 0)),
        ("3.245.0-alpha.12+dirty\n", (3, 245, 0)),
        ("go1.26", (1, 26, 0)),
        ("go1.27rc1", (1, 27, 0)),
        ("v20.20.2", (20, 20, 2)),
    ],
)
def test_versions_are_read_as_each_program_writes_them(
    text: str, version: tuple[int, int, int]
) -> None:
    assert pins.version_in(text) == version


def test_a_text_without_a_version_is_refused() -> None:
    with pytest.raises(ToolError, match="'command not found' names no version"):
        pins.version_in("command not found\n")


def test_no_lock_names_a_registry() -> None:
    locks = list(pins.NPM_PINS.glob("*/package-lock.json"))

    assert len(locks) == 3
    assert [lock for lock in locks if '"resolved"' in lock.read_text()] == []


def test_an_interrupted_build_leaves_nothing_that_is_taken_for_complete(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        keep(tmp_path, "tool-1", interrupted)

    assert kept(tmp_path, "tool-1") is None
    assert [folder for folder in tmp_path.iterdir() if folder.is_dir()] == []


def test_the_leftovers_of_a_killed_build_are_removed_by_the_next(tmp_path: Path) -> None:
    leftover = tmp_path / f"{UNFINISHED}tool-1-abc"
    leftover.mkdir()

    folder = keep(tmp_path, "tool-1", fill)

    assert (folder / "program").read_text() == "complete"
    assert not leftover.exists()


def test_of_two_set_ups_at_once_one_builds_and_the_other_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_waiting = threading.Event()
    monkeypatch.setattr("tools.cache.say", lambda _: is_waiting.set())
    places = Places(tmp_path, tmp_path / "cache", "")
    folders: list[Path] = []

    def find(_: Places) -> Tool | None:
        folder = kept(places.cache, "tool-1")
        return Tool("tool 1", "built", {}, folder) if folder else None

    def get(_: Places) -> Tool:
        other.start()
        assert is_waiting.wait(timeout=30)
        folders.append(keep(places.cache, "tool-1", fill))
        return Tool("tool 1", "built", {}, folders[0])

    recipe = Recipe("tool", (), find, get)
    other = threading.Thread(
        target=lambda: folders.append(provide(recipe, places).cached or tmp_path)
    )

    provide(recipe, places)
    other.join(timeout=30)

    assert folders == [places.cache / "tool-1"] * 2


def test_an_interrupt_ends_the_program_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = tmp_path / "pid"
    beats: list[str] = []

    def interrupt_once_it_runs(line: str) -> None:
        beats.append(line)
        if number.exists() and number.read_text().endswith("\n"):
            raise KeyboardInterrupt

    monkeypatch.setattr(run, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(run, "say", interrupt_once_it_runs)

    with pytest.raises(KeyboardInterrupt):
        run.run(["sh", "-c", f"echo $$ > {number}; exec tail -f /dev/null"], doing="waiting")

    assert beats[0] == "still waiting, 0 s"
    with pytest.raises(ProcessLookupError):
        os.kill(int(number.read_text()), 0)


def test_a_program_that_does_not_end_is_a_refusal() -> None:
    with pytest.raises(ToolError, match="waiting failed: no end after 0 s"):
        run.run(["tail", "-f", "/dev/null"], doing="waiting", limit_seconds=0.01)


def test_a_program_that_fails_is_quoted_by_its_last_words() -> None:
    with pytest.raises(ToolError) as failed:
        run.run(["sh", "-c", "seq 1 9; exit 3"], doing="counting")

    assert str(failed.value) == "counting failed: 7 / 8 / 9"
