"""What would move: batches decide, digests say why, and each view says the same."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from golden_files import GOLDEN, require_golden
from hypothesis import given
from hypothesis import strategies as st
from locks import MB, found, lock
from pydantic import ValidationError
from rich.console import Console as RichConsole
from transfer_support import plain_console

from components.model.images_lock import ImagesLock
from transfer.diff.compare import Earlier, TargetTags, compare, earlier_lock
from transfer.diff.record import Diff
from transfer.diff.views import markdown, show
from transfer.diff.words import notes, summary

ROOT = Path(__file__).parent.parent
MAIN = "images.lock of main"
BASE = [found("shop/api:2.0"), found("shop/web:1.4"), found("tools/cli:9")]
BEFORE = lock(BASE)
# A tag added, one moved, one removed.
EDITED = [found("shop/api:2.0", 1, 30 * MB), found("shop/web:1.4"), found("shop/web:1.5")]
AFTER = lock(EDITED, BEFORE.artifacts)
THREE_HUNDRED = [found(f"team{n % 12}/app:{n}") for n in range(300)]


def diff(after: ImagesLock = AFTER, before: ImagesLock = BEFORE) -> Diff:
    return compare(after, earlier_lock(before, MAIN))


def digest(name: str, content: int = 0) -> str:
    return found(name, content).digest


def shown(made: Diff, width: int | None = None) -> str:
    console, stream = plain_console()
    if width:
        console.rich = RichConsole(file=stream, width=width, force_terminal=True, color_system=None)
    show(made, console)
    return stream.getvalue()


def everything() -> Diff:
    """A comparison in which each thing happens."""
    at_target = {
        "shop/api:2.0": digest("shop/api:2.0", 7),
        "shop/web:1.4": digest("shop/web:1.4", 7),
    }
    others = ("shop/web:1.0-hotfix", "shop/api:1.9")
    earlier = earlier_lock(BEFORE, "what stack 'source' has exported")
    return compare(AFTER, earlier, TargetTags(at_target, others), may_overwrite=False)


def test_what_is_added_moved_and_removed_is_told_with_digests() -> None:
    made = diff()

    assert [(item.artifact, item.digest) for item in made.added] == [
        ("shop/web:1.5", digest("shop/web:1.5"))
    ]
    assert [(item.artifact, item.old_digest, item.digest) for item in made.moved] == [
        ("shop/api:2.0", digest("shop/api:2.0"), digest("shop/api:2.0", 1))
    ]
    assert [(item.artifact, item.old_digest) for item in made.removed] == [
        ("tools/cli:9", digest("tools/cli:9"))
    ]
    assert made.unchanged == 1


def test_a_run_is_made_for_what_changed_alone_and_the_earlier_one_stays() -> None:
    made = diff()

    (run,) = made.new_runs
    assert run.artifacts == ("shop/api:2.0", "shop/web:1.5")
    assert (run.size, made.bytes_to_move) == (55 * MB, 55 * MB)
    assert made.kept_runs == (BEFORE.artifacts[0].batch,)
    assert made.lost_runs == ()


def test_a_lock_that_only_loses_an_artifact_moves_nothing() -> None:
    made = diff(lock(BASE[:2], BEFORE.artifacts))

    assert not made.would_move
    assert (made.bytes_to_move, made.new_runs, len(made.removed)) == (0, (), 1)


def test_a_run_whose_artifacts_are_all_gone_disappears() -> None:
    after = lock([found("other/app:1")], BEFORE.artifacts)

    assert diff(after).lost_runs == (BEFORE.artifacts[0].batch,)
    assert diff(after).kept_runs == ()


def test_another_rule_size_or_platform_is_no_change() -> None:
    lines = tuple(
        replace(line, rule="shop/*", size=1, platforms=("linux/s390x",), media_type="other")
        for line in BEFORE.artifacts
    )

    made = diff(replace(BEFORE, artifacts=lines))

    assert (made.added, made.moved, made.exported_again, made.removed) == ((), (), (), ())
    assert made.unchanged == 3
    assert not made.would_move


def test_an_artifact_of_a_renewed_batch_is_exported_again() -> None:
    renewed = tuple(replace(line, batch="f" * 16) for line in BEFORE.artifacts[:1])
    made = diff(replace(BEFORE, artifacts=(*renewed, *BEFORE.artifacts[1:])))

    assert [item.artifact for item in made.exported_again] == ["shop/api:2.0"]
    assert [run.batch for run in made.new_runs] == ["f" * 16]
    assert (made.unchanged, made.overwrites) == (2, ())


def test_where_no_digest_is_recorded_everything_is_exported_again_and_nothing_moved() -> None:
    names = {str(line.artifact): "" for line in BEFORE.artifacts}

    made = compare(BEFORE, Earlier("a plain list", names, frozenset(), frozenset({"a" * 16})))

    assert [item.artifact for item in made.exported_again] == list(names)
    assert (made.moved, made.added, made.unchanged) == ((), (), 0)
    assert made.lost_runs == ("a" * 16,)


def test_what_is_new_in_a_batch_that_is_exported_already_is_carried_by_no_run() -> None:
    batch = BEFORE.artifacts[0].batch
    lines = tuple(replace(line, batch=batch, earlier=()) for line in AFTER.artifacts)
    by_hand = replace(AFTER, artifacts=lines)

    made = diff(by_hand)

    assert made.without_run == ("shop/web:1.5", "shop/api:2.0")
    assert not made.would_move
    assert "No run carries shop/web:1.5, shop/api:2.0" in notes(made)[0]


def test_an_import_overwrites_moved_tags_where_the_target_is_not_read() -> None:
    assert [(item.artifact, item.target_digest) for item in diff().overwrites] == [
        ("shop/api:2.0", digest("shop/api:2.0"))
    ]


def test_what_the_target_holds_decides_what_is_overwritten_and_what_differs() -> None:
    there = {
        "shop/api:2.0": digest("shop/api:2.0", 1),
        "shop/web:1.5": digest("shop/web:1.5", 5),
        "shop/web:1.4": digest("shop/web:1.4", 9),
    }

    made = compare(AFTER, earlier_lock(BEFORE, MAIN), TargetTags(there, ("shop/web:0.1",)))

    assert [item.artifact for item in made.overwrites] == ["shop/web:1.5"]
    assert made.target is not None
    assert [item.artifact for item in made.target.differs] == ["shop/web:1.4"]
    assert made.target.unlisted == ("shop/web:0.1",)


@pytest.mark.parametrize("width", [80, None])
def test_the_tables_for_a_terminal_are_as_reviewed(width: int | None) -> None:
    require_golden(f"diff/console-{width or 'wide'}.txt", shown(everything(), width))


def test_the_markdown_for_a_pull_request_is_as_reviewed() -> None:
    require_golden("diff/comment.md", markdown(everything()))


def test_nothing_to_move_of_300_images_is_one_line() -> None:
    unchanged = lock(THREE_HUNDRED)

    made = compare(unchanged, earlier_lock(unchanged, MAIN))

    require_golden("diff/nothing.txt", shown(made))
    require_golden("diff/nothing.md", markdown(made))
    require_golden("diff/nothing.json", made.as_json() + "\n")


def test_300_new_images_are_folded_and_cut_to_what_a_comment_may_have() -> None:
    made = compare(lock(THREE_HUNDRED), replace(Earlier("nothing"), notes=("The end stays.",)))

    whole, cut = markdown(made), markdown(made, 2000)

    require_golden("diff/cut.md", cut)
    assert whole.count("team") == 300
    assert len(cut) <= 2000
    assert cut.count("<details>") == cut.count("</details>") == 1


@pytest.mark.parametrize("limit", [100, 200, 300, 500, 1000, 5000, 20_000, 40_000])
def test_a_cut_text_keeps_its_sum_and_its_end_within_the_limit(limit: int) -> None:
    made = compare(lock(THREE_HUNDRED), replace(Earlier("nothing"), notes=("The end stays.",)))

    text = markdown(made, limit)

    assert len(text) <= limit
    assert text.startswith(f"**{summary(made)}**"[:limit])
    assert limit < 200 or text.endswith("The end stays.\n")
    assert text.count("<details>") == text.count("</details>")


def test_a_note_cannot_write_html_into_a_comment() -> None:
    made = compare(AFTER, replace(earlier_lock(BEFORE, MAIN), notes=("<img src=x>\n# no",)))

    assert "- &lt;img src=x&gt; # no\n" in markdown(made)


def test_the_record_for_machines_is_as_reviewed() -> None:
    text = everything().as_json()

    require_golden("diff/report.json", text + "\n")
    assert Diff.model_validate(json.loads(text)) == everything()


@pytest.mark.parametrize("name", ["console-wide.txt", "comment.md", "nothing.txt", "nothing.json"])
def test_the_page_shows_what_is_printed(name: str) -> None:
    page = (ROOT / "docs" / "diff.md").read_text(encoding="utf-8")

    assert (GOLDEN / "diff" / name).read_text(encoding="utf-8") in page


def test_a_record_that_contradicts_itself_is_not_written() -> None:
    with pytest.raises(ValidationError, match="would_move is False, with 1 runs"):
        everything().model_copy(update={"would_move": False}).as_json()
    with pytest.raises(ValidationError, match="bytes_to_move is 1"):
        everything().model_copy(update={"bytes_to_move": 1}).as_json()


STATES = st.lists(
    st.dictionaries(st.integers(0, 12), st.integers(0, 2), min_size=1), min_size=2, max_size=4
)


@given(STATES)
def test_after_any_edits_new_runs_carry_exactly_what_is_added_or_moved(
    states: list[dict[int, int]],
) -> None:
    before: ImagesLock | None = None
    for state in states:
        wanted = [found(f"shop/app:{tag}", content) for tag, content in state.items()]
        after = lock(wanted, before.artifacts if before else ())
        if before:
            made = diff(after, before)

            carried = [artifact for run in made.new_runs for artifact in run.artifacts]
            assert sorted(carried) == sorted(i.artifact for i in (*made.added, *made.moved))
            assert (made.exported_again, made.without_run) == ((), ())
            assert len(carried) + made.unchanged == len(after.artifacts)
            assert len(made.removed) == len(
                {line.artifact for line in before.artifacts}
                - {line.artifact for line in after.artifacts}
            )
        before = after
