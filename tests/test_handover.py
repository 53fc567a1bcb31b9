"""What a hand-over file keeps, and in which words a bad one is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sides import SOURCE

from components.model.contract import SourceContract
from components.model.errors import HandOverError
from components.model.handover import HandOver, content_hash, read_hand_over, write_hand_over

WEB, API = "sha256:" + "a" * 64, "sha256:" + "b" * 64
HAND_OVER = HandOver(
    SourceContract.from_outputs("source", {"contract": SOURCE}),
    {"shop/web:1": WEB, "shop/api:2": API},
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A good hand-over file."""
    path = tmp_path / "handover.json"
    write_hand_over(path, HAND_OVER)
    return path


def rewrite(file: Path, change: Callable[[dict[str, object]], None]) -> None:
    """Change the content, and give it the hash that it then has."""
    content = json.loads(file.read_text())
    del content["sha256"]
    change(content)
    content["sha256"] = content_hash(content)
    file.write_text(json.dumps(content))


def test_what_is_written_is_read_again(file: Path) -> None:
    assert read_hand_over(file) == HAND_OVER


def test_the_same_content_gives_the_same_bytes(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"

    write_hand_over(other, HandOver(HAND_OVER.contract, {"shop/api:2": API, "shop/web:1": WEB}))

    assert other.read_bytes() == file.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["handover.json", "other.json"]


def test_the_contract_is_in_the_file_as_the_stack_puts_it_out(file: Path) -> None:
    content = json.loads(file.read_text())

    assert content["contract"] == SOURCE
    assert set(content) == {"version", "contract", "digests", "lacking", "referrers", "sha256"}


def test_another_layout_of_the_same_content_is_no_change(file: Path) -> None:
    file.write_text(json.dumps(dict(reversed(json.loads(file.read_text()).items()))))

    assert read_hand_over(file) == HAND_OVER


def test_a_write_that_fails_leaves_the_earlier_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_path: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)

    with pytest.raises(OSError, match="No space left"):
        write_hand_over(file, HandOver(HAND_OVER.contract, {}))

    assert read_hand_over(file) == HAND_OVER
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(("old", "new"), [("theirs", "others"), (WEB, API), ('"digests"', '"d"')])
def test_a_file_that_was_changed_is_refused(file: Path, old: str, new: str) -> None:
    file.write_text(file.read_text().replace(old, new, 1))

    with pytest.raises(HandOverError, match="it was changed after it was written"):
        read_hand_over(file)


def test_a_missing_file_is_named_with_the_command_that_writes_it(tmp_path: Path) -> None:
    with pytest.raises(HandOverError) as caught:
        read_hand_over(tmp_path / "none.json")

    assert str(caught.value) == (
        f"hand-over file '{tmp_path / 'none.json'}': it cannot be read (No such file or "
        "directory). Write it on the source's side: acr-transfer hand-over FILE. Then bring it "
        "here, or name another file."
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is not JSON"),
        (b"\xff\xfe{}", "it is not JSON"),
        (b"[]", "it is no hand-over file"),
        (json.dumps(SOURCE).encode(), "it is no hand-over file"),
        (
            b'{"version": 2, "sha256": ""}',
            "it has version 2, this program reads version 1. Write it with the same version",
        ),
    ],
    ids=["empty", "binary", "list", "bare-contract", "version"],
)
def test_something_else_than_a_hand_over_file_is_refused(
    content: bytes, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "handover.json"
    file.write_bytes(content)

    with pytest.raises(HandOverError, match=reason):
        read_hand_over(file)


@pytest.mark.parametrize(
    ("contract", "reason"),
    [
        ({**SOURCE, "version": 2}, "its contract has version 2, this program reads version 1"),
        ({**SOURCE, "side": "target"}, "its contract is not usable at: side"),
        ({**SOURCE, "runs": []}, "it has exported nothing, as it is told no images"),
        (None, "it has no output 'contract'"),
    ],
    ids=["version", "side", "nothing", "none"],
)
def test_a_contract_that_no_stack_would_be_accepted_with_is_refused(
    contract: object, reason: str, file: Path
) -> None:
    rewrite(file, lambda content: content.update(contract=contract))

    with pytest.raises(HandOverError, match=f"'{file}': {reason}. Write it anew"):
        read_hand_over(file)


@pytest.mark.parametrize(
    ("digests", "lacking"),
    [
        ({"shop/web:1": WEB}, "shop/api:2"),
        ({"shop/web:1": WEB, "shop/api:2": "sha256:b"}, "shop/api:2"),
        ([WEB, API], "shop/web:1, shop/api:2"),
    ],
    ids=["missing", "short", "list"],
)
def test_an_artifact_without_digest_is_named(digests: object, lacking: str, file: Path) -> None:
    rewrite(file, lambda content: content.update(digests=digests))

    with pytest.raises(HandOverError, match=f"it lacks the digest of: {lacking}. "):
        read_hand_over(file)


@pytest.mark.parametrize("key", ["lacking", "referrers"])
def test_lists_of_another_shape_are_refused(key: str, file: Path) -> None:
    rewrite(file, lambda content: content.update({key: {"shop/web:1": "sha256:c"}}))

    with pytest.raises(HandOverError, match=f"its '{key}' are no lists by artifact"):
        read_hand_over(file)


def test_a_file_of_before_these_lists_were_written_has_none(file: Path) -> None:
    def take_away(content: dict[str, object]) -> None:
        del content["lacking"], content["referrers"]

    rewrite(file, take_away)

    assert read_hand_over(file) == HAND_OVER
