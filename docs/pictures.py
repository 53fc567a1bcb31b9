"""Draws the pictures of README and pages: what the command prints of fixed records.

Run `python -m docs.pictures` after a change of a view.
"""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

from markdown_it import MarkdownIt
from rich.console import Console as RichConsole

from components.model.artifacts import parse_artifact
from components.model.images_lock import FoundArtifact, ImagesLock
from transfer.console import Console
from transfer.diff.compare import TargetTags, compare, earlier_lock
from transfer.diff.views import show
from transfer.lock.batching import BatchLimits, assign_batches
from transfer.verdicts import Verdict
from transfer.verify import Check, Verification
from transfer.verify_report import report_of

IMAGES = Path(__file__).parent / "images"
# Compared by a test with what the command prints.
_COMMENT = Path(__file__).parent.parent / "tests" / "golden" / "review" / "pull-request.md"

_WIDTH = 100
# Of the usual fonts of terminals: where text is not stretched, tables fit all the same.
_FONT_ASPECT = 0.602
_MB = 10**6
# Rich's own format loads fonts from the web.
_FORMAT = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
font-family: monospace;
font-size: {char_height}px;
line-height: {line_height}px;
}}
.{unique_id}-title {{ font: bold 18px sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
# Of the beginning of a comment; a browser draws what lies in a foreignObject.
_PAGE = """\
<svg viewBox="0 0 900 {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.comment {{ font: 14px/1.5 sans-serif; color: #1f2328; background: #ffffff; padding: 16px; }}
.comment h3 {{ font-size: 18px; margin: 20px 0 12px; }}
.comment h4 {{ font-size: 14px; margin: 16px 0 8px; }}
.comment table {{ border-collapse: collapse; font-size: 13px; margin: 0 0 12px; }}
.comment th, .comment td {{ border: 1px solid #d1d9e0; padding: 5px 10px; text-align: left; }}
.comment code {{ font: 12px monospace; background: #eff1f3; padding: 2px 4px; }}
.comment details {{ margin: 8px 0; }}
</style>
<rect width="900" height="{height}" fill="#ffffff" />
<foreignObject width="900" height="{height}">
<div xmlns="http://www.w3.org/1999/xhtml" class="comment">
{content}</div>
</foreignObject>
</svg>
"""
_PAGE_HEIGHT = 1500


def pictures() -> dict[str, str]:
    """Give the pictures by the names of their files; equal views give the same bytes."""
    return {
        "diff.svg": _draw("diff", _show_diff),
        "review.svg": _draw_comment(),
        "verify.svg": _draw("verify", _show_verify),
    }


def _draw_comment() -> str:
    """Draw a comment as a web page shows it, up to its second tenant."""
    text = _COMMENT.read_text(encoding="utf-8").partition("### fabrikam")[0]
    reader = MarkdownIt("commonmark", {"html": True, "xhtmlOut": True}).enable("table")
    return _PAGE.format(height=_PAGE_HEIGHT, content=reader.render(text))


def _draw(command: str, print_to: Callable[[Console], None]) -> str:
    console = Console(io.StringIO())
    # Told all that it would look up in the environment.
    console.rich = RichConsole(
        file=io.StringIO(),
        record=True,
        width=_WIDTH,
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
        no_color=False,
        highlight=False,
        soft_wrap=True,
        _environ={},
    )
    print_to(console)
    # Room below the last line, which would be cut.
    console.line("")
    title = f"acr-transfer {command}"
    svg = console.rich.export_svg(
        title=title, code_format=_FORMAT, font_aspect_ratio=_FONT_ASPECT, unique_id=command
    )
    return "\n".join(line.strip() for line in svg.splitlines() if line.strip()) + "\n"


def _show_diff(console: Console) -> None:
    was = [_found("shop/api:2.0"), _found("shop/web:1.4"), _found("shop/chart:0.3.0", 12_000)]
    becomes = [_found("shop/api:2.0", 31 * _MB, "moved"), _found("shop/web:1.4")]
    becomes += [_found("shop/web:1.5", 46 * _MB)]
    before = assign_batches(was, (), BatchLimits())
    after = assign_batches(becomes, before, BatchLimits())
    earlier = earlier_lock(ImagesLock("contososource", before), "what stack 'source' has exported")
    there = {str(item.artifact): item.digest for item in was}
    show(
        compare(
            ImagesLock("contososource", after),
            earlier,
            TargetTags(there, ("shop/web:1.3",)),
        ),
        console,
    )


def _show_verify(console: Console) -> None:
    checks = [
        _check("shop/api:2.0", 2, Verdict.ARRIVED),
        _check("shop/chart:0.3.0", 1, Verdict.ARRIVED),
        _check("shop/web:1.4", 1, Verdict.ARRIVED),
        _check("shop/web:1.5", 0, Verdict.MISSING),
    ]
    report_of(Verification(tuple(checks))).show(console)


def _found(name: str, size: int = 42 * _MB, content: str = "") -> FoundArtifact:
    artifact = parse_artifact(name)
    return FoundArtifact(artifact, _digest(name + content), size, "", (), name)


def _check(artifact: str, platforms: int, verdict: Verdict) -> Check:
    digest = _digest(artifact)
    return Check(
        artifact=artifact,
        run="exportab12cd344dc7f355cf165dd1",
        blob="acr-transfer-4dc7f355cf165dd1",
        source_digest=digest,
        target_digest=digest if verdict is Verdict.ARRIVED else "",
        platforms=platforms,
        verdict=verdict,
        locked=True,
    )


def _digest(content: str) -> str:
    return f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    for name, picture in pictures().items():
        (IMAGES / name).write_text(picture, encoding="utf-8")
