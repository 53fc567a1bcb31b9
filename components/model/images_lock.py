"""The lock of images: what is to be transferred with its digests, and the run that carries it.

It has one line for each artifact, so that a moved tag is one changed line and two branches that add
different images merge. A batch is remembered and not computed: what is unchanged stays in its own.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from .artifacts import MAX_ARTIFACTS_PER_RUN, Artifact, Batch, parse_artifact
from .errors import Problem, SettingsError

VERSION = 1

_TITLE = 'acr-transfer images.lock, version {}: written by "acr-transfer lock", not by hand'
_FIRST_LINE = re.compile(rf"# {re.escape(_TITLE).replace(re.escape('{}'), '([0-9]+)')}")
_REGISTRY = "# registry "
_END = "# end"
_NOTHING = "-"
_PINNED = re.compile(r"(?P<name>[^@]+)@(?P<digest>sha256:[a-f0-9]{64})")
_BATCH = re.compile(r"[a-f0-9]{16}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
_COLUMNS = 6
_ANEW = "Take it from git again; or remove it, and acr-transfer lock writes one of new runs."


@dataclass(frozen=True)
class FoundArtifact:
    """An artifact as the source registry holds it."""

    artifact: Artifact
    digest: str
    size: int
    """Bytes of its manifests, configurations and layers, each counted once."""
    media_type: str
    platforms: tuple[str, ...]
    """As an index names them, `linux/arm64/v8`; none for what has no index."""
    rule: str
    """The entry of the list that it is there for."""

    @property
    def pinned(self) -> str:
        """The artifact with its digest, as `repo:tag@sha256:...` or `repo@sha256:...`."""
        if self.artifact.is_digest:
            return str(self.artifact)
        return f"{self.artifact}@{self.digest}"


@dataclass(frozen=True)
class LockedArtifact(FoundArtifact):
    """An artifact of the lock."""

    batch: str
    """Name of the batch that carries it."""
    earlier: tuple[str, ...] = ()
    """Batches of the lock that carried other content under its tag: they are imported before."""

    def __str__(self) -> str:
        fields = (
            self.pinned,
            str(self.size),
            self.media_type or _NOTHING,
            ",".join(self.platforms) or _NOTHING,
            ",".join((self.batch, *self.earlier)),
            self.rule,
        )
        return " ".join(fields)


@dataclass(frozen=True)
class ImagesLock:
    """A whole lock."""

    registry: str
    """Name of the source registry."""
    artifacts: tuple[LockedArtifact, ...]

    def text(self) -> str:
        """Write the lock: equal locks give the same bytes."""
        lines = sorted(self.artifacts, key=lambda line: line.artifact)
        title = f"# {_TITLE.format(VERSION)}"
        return "\n".join(
            [title, f"{_REGISTRY}{self.registry}", *map(str, lines), _END, ""],
        )

    @cached_property
    def batches(self) -> tuple[Batch, ...]:
        """The batches, each behind those that are to be imported before it.

        Raises:
            CycleError: two batches are each to be imported before the other.
        """
        lines: dict[str, list[LockedArtifact]] = {}
        for line in sorted(self.artifacts, key=lambda line: (line.batch, line.artifact)):
            lines.setdefault(line.batch, []).append(line)
        before = {
            name: sorted({earlier for line in members for earlier in line.earlier} & lines.keys())
            for name, members in lines.items()
        }
        return tuple(
            Batch(
                name,
                tuple(line.artifact for line in lines[name]),
                {str(line.artifact): line.digest for line in lines[name]},
                tuple(before[name]),
            )
            for name in TopologicalSorter(before).static_order()
        )


def parse_lock(text: str, where: str) -> ImagesLock:
    """Read a lock; the order of its lines and the kind of their ends do not matter.

    Args:
        where: Name of the file, for messages.

    Raises:
        SettingsError: it is no lock, of another version, cut off, or lines of it are wrong or
            contradict each other; it names all of them.
    """
    lines = [line.strip() for line in text.removeprefix("\N{BYTE ORDER MARK}").splitlines()]
    _require_whole(lines, where)
    registry = lines[1].removeprefix(_REGISTRY)
    artifacts: dict[Artifact, tuple[int, LockedArtifact]] = {}
    problems: list[Problem] = []
    for number, line in enumerate(lines[2:-1], start=3):
        try:
            found = _parse_line(line)
        except ValueError as error:
            problems.append(Problem(f"{where} line {number}", line, str(error), _ANEW))
            continue
        first, _ = artifacts.setdefault(found.artifact, (number, found))
        if first != number:
            rule = f"{found.artifact} is on line {first} already"
            fix = "Remove one of the two lines, then: acr-transfer lock."
            problems.append(Problem(f"{where} line {number}", line, rule, fix))
    lock = ImagesLock(registry, tuple(line for _, line in artifacts.values()))
    problems += _wrong_batches(lock, where)
    if problems:
        raise SettingsError(problems)
    return lock


def _require_whole(lines: Sequence[str], where: str) -> None:
    first = lines[0] if lines else ""
    title = _FIRST_LINE.fullmatch(first)
    if title is None:
        raise SettingsError([Problem(where, first, "it is no images.lock", _ANEW)])
    if title[1] != str(VERSION):
        rule = f"this program reads version {VERSION}"
        fix = "Use the program that wrote it, or remove the lock, then: acr-transfer lock."
        raise SettingsError([Problem(f"{where} version", title[1], rule, fix)])
    if len(lines) < 2 or not lines[1].startswith(_REGISTRY):
        rule = f"the second line names the registry, {_REGISTRY}<name>"
        raise SettingsError([Problem(f"{where} line 2", "".join(lines[1:2]), rule, _ANEW)])
    if lines[-1] != _END:
        rule = f"the last line is {_END!r}, so a part of the lock is lost"
        fix = "Take it from git again."
        raise SettingsError([Problem(f"{where} line {len(lines)}", lines[-1], rule, fix)])


def _parse_line(line: str) -> LockedArtifact:
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        raise ValueError("a merge of git is not finished: keep the lines of both sides")
    fields = line.split(maxsplit=_COLUMNS - 1)
    if len(fields) != _COLUMNS:
        raise ValueError(
            "a line is <artifact>@<digest> <bytes> <media type> <platforms> <batch> <rule>"
        )
    pinned, size, media_type, platforms, batches, rule = fields
    match = _PINNED.fullmatch(pinned)
    if match is None:
        raise ValueError("an artifact is locked as repo:tag@sha256:<64 hex digits>")
    name, digest = match["name"], match["digest"]
    is_tagged = ":" in name
    artifact = parse_artifact(name if is_tagged else f"{name}@{digest}")
    if _SIZE.fullmatch(size) is None:
        raise ValueError("the size is a number of bytes")
    batch, *earlier = batches.split(",")
    for item in (batch, *earlier):
        if _BATCH.fullmatch(item) is None:
            raise ValueError("the name of a batch has 16 hex digits")
    return LockedArtifact(
        artifact,
        digest,
        int(size),
        "" if media_type == _NOTHING else media_type,
        () if platforms == _NOTHING else tuple(platforms.split(",")),
        rule,
        batch,
        tuple(earlier),
    )


def _wrong_batches(lock: ImagesLock, where: str) -> Iterator[Problem]:
    if not lock.artifacts:
        yield Problem(where, "no line", "a lock has at least one artifact", _ANEW)
    try:
        batches = lock.batches
    except CycleError as error:
        rule = "each of these batches is to be imported before the other"
        yield Problem(where, ", ".join(dict.fromkeys(error.args[1])), rule, _ANEW)
        return
    for batch in batches:
        if len(batch.artifacts) > MAX_ARTIFACTS_PER_RUN:
            rule = f"it has {len(batch.artifacts)} artifacts, a run carries {MAX_ARTIFACTS_PER_RUN}"
            yield Problem(f"{where} batch", batch.name, rule, _ANEW)
