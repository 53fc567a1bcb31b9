"""Two branches that change a lock merge in git, and what is unchanged stays in its batch."""

import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from git_support import Repository
from hypothesis import given, settings
from hypothesis import strategies as st
from locks import found, lock, locked
from typer.testing import CliRunner

from components.model.errors import SettingsError
from components.model.images_lock import FoundArtifact, ImagesLock, LockedArtifact, parse_lock
from transfer.cli import app
from transfer.lock.merging import merge_lines

ROOT = Path(__file__).parent.parent
LOCK = "images.lock"
TAGS = [f"shop/app{number}:1" for number in range(9)]
BASE = lock(found(tag) for tag in TAGS)


def edited(
    *, add: Iterable[str] = (), move: Iterable[str] = (), remove: Iterable[str] = ()
) -> ImagesLock:
    """Give the lock that a branch makes of the common one."""
    kept = [tag for tag in TAGS if tag not in {*remove}]
    wanted = [found(tag, 1 if tag in {*move} else 0) for tag in kept]
    return lock([*wanted, *map(found, add)], BASE.artifacts)


@dataclass
class Merged:
    """What git makes of two branches."""

    is_clean: bool
    text: str

    @property
    def both_kept(self) -> str:
        """The text with the lines of both sides, as a person resolves it."""
        marks = ("<<<<<<<", "=======", ">>>>>>>")
        lines = self.text.splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith(marks))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository of the project's attributes with the common lock."""
    made = Repository(tmp_path)
    made.commit(".gitattributes", (ROOT / ".gitattributes").read_text())
    made.commit(LOCK, BASE.text())
    return made


def merge(repository: Repository, ours: ImagesLock, theirs: ImagesLock) -> Merged:
    for branch, made in (("ours", ours), ("theirs", theirs)):
        assert repository.run("checkout", "--quiet", "-b", branch, "main") == 0
        repository.commit(LOCK, made.text())
    repository.run("checkout", "--quiet", "ours")
    code = repository.run("merge", "--quiet", "--no-edit", "theirs")
    return Merged(code == 0, (repository.directory / LOCK).read_text(encoding="utf-8"))


def with_driver(repository: Repository) -> Repository:
    """Have git call our driver, as docs/diff.md says."""
    command = f"'{sys.executable}' -m transfer merge-lock %O %A %B"
    repository.run("config", "merge.images-lock.driver", f"PYTHONPATH='{ROOT}' {command}")
    return repository


def require_lines_of(text: str, *sides: ImagesLock) -> tuple[LockedArtifact, ...]:
    """Read a merged lock: each line is one that a side wrote, and the next `lock` changes none."""
    lines = parse_lock(text, LOCK).artifacts
    assert {str(line) for line in lines} <= {str(line) for side in sides for line in side.artifacts}
    assert locked(lines, lines) == tuple(sorted(lines, key=lambda line: line.artifact))
    return lines


def names(lines: Iterable[LockedArtifact]) -> list[str]:
    return sorted(str(line.artifact) for line in lines)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        pytest.param(
            edited(add=["shop/app0:2"]),
            edited(add=["shop/app7:2"]),
            [*TAGS, "shop/app0:2", "shop/app7:2"],
            id="each adds",
        ),
        pytest.param(
            edited(move=["shop/app1:1"]),
            edited(add=["shop/app7:2"]),
            [*TAGS, "shop/app7:2"],
            id="one moves a tag",
        ),
        pytest.param(
            edited(remove=["shop/app1:1"]),
            edited(add=["shop/app7:2"]),
            [*(tag for tag in TAGS if tag != "shop/app1:1"), "shop/app7:2"],
            id="one removes",
        ),
        pytest.param(
            edited(add=["shop/app4:2"]),
            edited(add=["shop/app4:2"]),
            [*TAGS, "shop/app4:2"],
            id="both add the same",
        ),
    ],
)
def test_changes_in_different_places_merge_by_git_alone(
    repository: Repository, ours: ImagesLock, theirs: ImagesLock, expected: list[str]
) -> None:
    merged = merge(repository, ours, theirs)

    assert merged.is_clean
    assert names(require_lines_of(merged.text, ours, theirs)) == sorted(expected)


def test_where_both_add_in_one_place_keeping_both_is_right(repository: Repository) -> None:
    ours, theirs = edited(add=["shop/app4:2"]), edited(add=["shop/app4:3"])

    merged = merge(repository, ours, theirs)

    assert not merged.is_clean
    with pytest.raises(SettingsError, match="keep the lines of both sides"):
        parse_lock(merged.text, LOCK)
    lines = require_lines_of(merged.both_kept, ours, theirs)
    assert names(lines) == sorted([*TAGS, "shop/app4:2", "shop/app4:3"])


def test_a_tag_that_both_moved_cannot_be_kept_twice(repository: Repository) -> None:
    ours = edited(move=["shop/app4:1"])
    theirs = lock([*map(found, TAGS[:4]), found(TAGS[4], 2), *map(found, TAGS[5:])], BASE.artifacts)

    merged = merge(repository, ours, theirs)

    assert not merged.is_clean
    with pytest.raises(SettingsError, match="shop/app4:1 is on line 7 already"):
        parse_lock(merged.both_kept, LOCK)


def test_with_the_driver_neighbours_merge_where_lines_alone_do_not(repository: Repository) -> None:
    ours = edited(move=["shop/app2:1"], remove=["shop/app5:1"], add=["shop/app7:2"])
    theirs = edited(move=["shop/app3:1"], remove=["shop/app6:1"], add=["shop/app7:3"])

    by_lines = merge(repository, ours, theirs)
    repository.run("merge", "--abort")
    code = with_driver(repository).run("merge", "--quiet", "--no-edit", "theirs")

    text = (repository.directory / LOCK).read_text(encoding="utf-8")
    assert (by_lines.is_clean, code) == (False, 0)
    kept = [tag for tag in TAGS if tag not in ("shop/app5:1", "shop/app6:1")]
    lines = require_lines_of(text, ours, theirs)
    assert names(lines) == sorted([*kept, "shop/app7:2", "shop/app7:3"])
    pinned = {line.pinned for line in lines}
    assert {found("shop/app2:1", 1).pinned, found("shop/app3:1", 1).pinned} <= pinned


def test_with_the_driver_a_tag_that_both_moved_is_a_conflict_as_git_writes_it(
    repository: Repository,
) -> None:
    ours, theirs = edited(move=["shop/app4:1"]), edited(remove=["shop/app4:1"])

    merged = merge(with_driver(repository), ours, theirs)

    assert not merged.is_clean
    assert "<<<<<<< ours\n" in merged.text


EDITS = st.dictionaries(
    st.sampled_from([*TAGS, *(f"shop/app{number}:2" for number in range(9))]),
    st.sampled_from(["write", "remove"]),
    min_size=1,
    max_size=6,
)


def apply(
    edits: Mapping[str, str], wanted: Mapping[str, FoundArtifact]
) -> dict[str, FoundArtifact]:
    changed = {tag: found(tag, 1) for tag, edit in edits.items() if edit == "write"}
    kept = {tag: item for tag, item in wanted.items() if tag not in edits}
    return {**kept, **changed}


@settings(max_examples=40)
@given(EDITS, EDITS)
def test_any_two_edits_of_different_entries_merge(
    ours: dict[str, str], theirs: dict[str, str]
) -> None:
    theirs = {tag: edit for tag, edit in theirs.items() if tag not in ours}
    wanted = {tag: found(tag) for tag in TAGS}
    here = lock(apply(ours, wanted).values(), BASE.artifacts)
    there = lock(apply(theirs, wanted).values(), BASE.artifacts)

    merge = merge_lines(BASE.artifacts, here.artifacts, there.artifacts)

    expected = apply(theirs, apply(ours, wanted))
    assert merge.conflicts == ()
    assert {line.pinned for line in merge.artifacts} == {item.pinned for item in expected.values()}
    assert locked(expected.values(), merge.artifacts) == merge.artifacts
    assert {line.batch for line in merge.artifacts} <= {
        line.batch for side in (here, there) for line in side.artifacts
    }


@settings(max_examples=15)
@given(EDITS, EDITS)
def test_what_git_merges_by_itself_is_what_the_entries_say(
    tmp_path_factory: pytest.TempPathFactory, ours: dict[str, str], theirs: dict[str, str]
) -> None:
    wanted = {tag: found(tag) for tag in TAGS}
    sides = [lock(apply(edits, wanted).values(), BASE.artifacts) for edits in (ours, theirs)]
    folder = tmp_path_factory.mktemp("merge")
    files = [folder / name for name in ("ours", "base", "theirs")]
    for file, made in zip(files, (sides[0], BASE, sides[1]), strict=True):
        file.write_text(made.text(), newline="\n")

    done = subprocess.run(
        ["git", "merge-file", "-p", *files], capture_output=True, text=True, check=False
    )

    by_entries = merge_lines(BASE.artifacts, *(side.artifacts for side in sides))
    if done.returncode == 0:
        by_lines = parse_lock(done.stdout, LOCK).artifacts
        assert [(line.pinned, line.batch) for line in by_lines] == [
            (line.pinned, line.batch) for line in by_entries.artifacts
        ]
        assert by_entries.conflicts == ()


def call(folder: Path, *sides: str) -> tuple[int, str, str]:
    """Call the driver as git does; give exit code, stderr and what it left in place of ours."""
    files = [folder / name for name in ("base", "ours", "theirs")]
    for file, text in zip(files, sides, strict=True):
        file.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["merge-lock", *map(str, files)])
    return result.exit_code, result.stderr, files[1].read_text(encoding="utf-8")


def test_two_branches_that_both_began_a_lock_merge(tmp_path: Path) -> None:
    ours, theirs = lock([found("shop/web:1")]), lock([found("shop/api:1")])

    code, _, text = call(tmp_path, "", ours.text(), theirs.text())

    assert code == 0
    assert names(parse_lock(text, LOCK).artifacts) == ["shop/api:1", "shop/web:1"]


def test_an_image_that_both_added_with_others_stays_in_our_batch(tmp_path: Path) -> None:
    ours = edited(add=["shop/app4:2", "shop/app4:3"])
    theirs = edited(add=["shop/app4:2", "shop/app7:2"])

    code, _, text = call(tmp_path, BASE.text(), ours.text(), theirs.text())

    assert code == 0
    added = [line for line in ours.artifacts if str(line.artifact) == "shop/app4:2"]
    assert str(added[0]) in text.splitlines()


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        (replace(BASE, registry="other").text(), "of two registries, 'contososource' and 'other'"),
        ("no lock\n", "images.lock, theirs"),
        (edited(remove=["shop/app4:1"]).text(), "Both sides changed shop/app4:1"),
    ],
)
def test_what_cannot_be_merged_is_named_and_left_to_a_person(
    tmp_path: Path, theirs: str, said: str
) -> None:
    ours = edited(move=["shop/app4:1"]).text()

    code, stderr, text = call(tmp_path, BASE.text(), ours, theirs)

    assert code == 1
    assert said in stderr
    assert text != ours, "git has not written what it knows"
