"""The lock of images: what is read and refused, and that the batches are in order."""

from dataclasses import replace

import pytest

from components.model.artifacts import Artifact
from components.model.errors import SettingsError
from components.model.images_lock import ImagesLock, LockedArtifact, parse_lock

HEX = "0123456789abcdef"
OLD, NEW, NEWEST = HEX, HEX[::-1], "f" * 16


def line(name: str, batch: str = OLD, *earlier: str) -> LockedArtifact:
    repository, _, tag = name.partition(":")
    return LockedArtifact(
        artifact=Artifact(repository, tag),
        digest=f"sha256:{(tag.encode().hex() * 64)[:64]}",
        size=2048,
        media_type="application/vnd.oci.image.index.v1+json",
        platforms=("linux/amd64", "linux/arm64/v8"),
        rule="shop/* newest 3",
        batch=batch,
        earlier=earlier,
    )


LOCK = ImagesLock("contososource", (line("shop/web:1.4"), line("shop/api:2.0", NEW, OLD)))


def refused(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse_lock(text, "images.lock")
    return str(caught.value)


def test_what_is_written_is_read_again_in_the_order_of_artifacts() -> None:
    text = LOCK.text()

    assert parse_lock(text, "images.lock").text() == text
    assert text.splitlines()[2:-1] == [str(line("shop/api:2.0", NEW, OLD)), str(LOCK.artifacts[0])]


def test_a_line_begins_with_the_pinned_artifact() -> None:
    pinned = f"shop/web:1.4@{LOCK.artifacts[0].digest}"

    assert str(LOCK.artifacts[0]) == (
        f"{pinned} 2048 application/vnd.oci.image.index.v1+json linux/amd64,linux/arm64/v8 {OLD} "
        "shop/* newest 3"
    )


def test_an_artifact_without_platforms_and_tag_is_read_again() -> None:
    digest = LOCK.artifacts[0].digest
    plain = replace(line("shop/web:1"), artifact=Artifact("shop/web", digest), platforms=())
    lock = ImagesLock("contososource", (replace(plain, digest=digest, media_type=""),))

    assert str(lock.artifacts[0]).startswith(f"shop/web@{digest} 2048 - - {OLD} ")
    assert parse_lock(lock.text(), "images.lock") == lock


def test_order_line_ends_and_a_mark_at_the_begin_do_not_matter() -> None:
    api, web = LOCK.text().splitlines()[2:-1]
    windows = "\ufeff" + LOCK.text().replace(f"{api}\n{web}", f"{web}\n{api}").replace("\n", "\r\n")

    assert parse_lock(windows, "images.lock").text() == LOCK.text()


def test_a_lock_that_is_cut_off_anywhere_is_refused() -> None:
    text = LOCK.text()

    for length in range(len(text) - 1):
        refused(text[:length])


def test_a_lock_of_another_version_is_refused() -> None:
    text = LOCK.text().replace("version 1", "version 2")

    assert "version '2' is not valid: this program reads version 1" in refused(text)


def test_the_same_artifact_on_two_lines_is_refused_with_both() -> None:
    moved = replace(LOCK.artifacts[0], digest="sha256:" + "a" * 64)
    text = ImagesLock("contososource", (*LOCK.artifacts, moved)).text()

    assert "line 5" in refused(text)
    assert "shop/web:1.4 is on line 4 already" in refused(text)


def test_a_merge_that_is_not_finished_is_told() -> None:
    text = LOCK.text().replace("# end", "<<<<<<< HEAD\n# end")

    assert "a merge of git is not finished: keep the lines of both sides" in refused(text)


@pytest.mark.parametrize(
    ("written", "instead", "rule"),
    [
        (" 2048 ", " 2,048 ", "the size is a number of bytes"),
        ("@sha256:", "@sha512:", "an artifact is locked as repo:tag@sha256"),
        ("shop/web", "Shop/web", "an artifact is repo, repo:tag or repo@sha256"),
        (OLD, "first", "the name of a batch has 16 hex digits"),
        (f" {OLD} shop/* newest 3", "", "a line is <artifact>@<digest> <bytes>"),
    ],
)
def test_a_line_that_was_edited_is_refused_with_its_rule(
    written: str, instead: str, rule: str
) -> None:
    assert rule in refused(LOCK.text().replace(written, instead))


def test_a_batch_of_more_than_a_run_carries_is_refused() -> None:
    text = ImagesLock("contososource", tuple(line(f"web:{n}") for n in range(51))).text()

    assert f"batch '{OLD}' is not valid: it has 51 artifacts, a run carries 50" in refused(text)


def test_a_lock_without_a_line_is_refused() -> None:
    assert "a lock has at least one artifact" in refused(ImagesLock("contososource", ()).text())


def test_batches_come_behind_those_whose_tags_they_move() -> None:
    lines = (line("a:1", OLD, NEWEST), line("b:1", NEW, OLD), line("c:1", NEWEST))

    batches = ImagesLock("contososource", lines).batches

    assert [(batch.name, batch.after) for batch in batches] == [
        (NEWEST, ()),
        (OLD, (NEWEST,)),
        (NEW, (OLD,)),
    ]


def test_batches_that_wait_for_each_other_are_refused() -> None:
    text = ImagesLock("contososource", (line("a:1", OLD, NEW), line("b:1", NEW, OLD))).text()

    assert "each of these batches is to be imported before the other" in refused(text)
