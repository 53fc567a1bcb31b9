"""Draws the pictures of README: what the command prints of fixed records, by its own views.

Run `python -m docs.pictures` after a change of a view.
"""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

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


def pictures() -> dict[str, str]:
    """Give the pictures by the names of their files; equal views give the same bytes."""
    return {"diff.svg": _draw("diff", _show_diff), "verify.svg": _draw("verify", _show_verify)}


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
