"""What the engine's stream of events tells: changes, errors and progress, and no value."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fleet.records import Change, Violation
from transfer.pending_creates import heading
from transfer.redaction import redact

_QUIET = ("same", "read", "read-replacement", "discard", "refresh")
_STACK = "pulumi:pulumi:Stack"


@dataclass
class Story:
    """What has been told so far."""

    planned: list[Change] = field(default_factory=list)
    """What is going to change: all of it in a preview."""
    finished: list[Change] = field(default_factory=list)
    """What has been changed, or was found changed by a refresh."""
    violations: list[Violation] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    """The errors of resources, each below the name of the resource."""
    plain: list[str] = field(default_factory=list)
    """What was written that is no event: the engine does so where it cannot begin."""
    now: str = ""
    """The resource that was told of last."""


def read_event(line: str, story: Story) -> Iterator[str]:
    """Take an event in, and give the texts of it that are worth a line in a log.

    An event holds the whole state of a resource, its secrets too: of that only operation, type,
    name and the names of changed properties are taken.
    """
    try:
        event = json.loads(line)
    except ValueError:
        # An engine that is killed cuts off an event, with the state of a resource in it.
        if line.strip() and not line.startswith("{"):
            story.plain.append(line)
            yield line
        return
    if not isinstance(event, Mapping):
        return
    if "preludeEvent" in event:
        # What was told before it is of a preview.
        story.planned.clear()
        story.finished.clear()
    diagnostic, before, after = (
        event.get(kind) for kind in ("diagnosticEvent", "resourcePreEvent", "resOutputsEvent")
    )
    if isinstance(diagnostic, Mapping):
        yield from _diagnosed(diagnostic, story)
    if isinstance(policy := event.get("policyEvent"), Mapping):
        violation = _violation(policy)
        story.violations.append(violation)
        yield f"{violation.level} policy {violation.rule}, {violation.name}: {violation.message}"
    if isinstance(before, Mapping) and (change := _change(before)) is not None:
        story.planned.append(change)
        story.now = change.name
        yield " ".join((change.operation, change.type, change.name, *change.properties))
    if isinstance(after, Mapping) and (change := _change(after)) is not None:
        story.finished.append(change)
        yield f"{change.operation} {change.type} {change.name}: done"


def _diagnosed(event: Mapping[str, object], story: Story) -> Iterator[str]:
    severity, text = str(event.get("severity")), str(event.get("message")).rstrip()
    if severity == "error":
        story.errors.append(text)
        if urn := event.get("urn"):
            story.refusals += [heading(str(urn)), text]
    if severity in ("error", "warning", "info", "info#err") and text:
        yield f"{severity}: {text}"


def _violation(event: Mapping[str, object]) -> Violation:
    return Violation(
        rule=str(event.get("policyName")),
        level=str(event.get("enforcementLevel")),
        urn=str(event.get("resourceUrn", "")),
        message=redact(" ".join(str(event.get("message")).split())),
    )


def _change(event: Mapping[str, object]) -> Change | None:
    metadata = event.get("metadata")
    if not isinstance(metadata, Mapping):
        return None
    operation, kind = str(metadata.get("op")), str(metadata.get("type"))
    if operation in _QUIET or kind == _STACK:
        return None
    detailed = metadata.get("detailedDiff")
    names = list(detailed) if isinstance(detailed, Mapping) else metadata.get("diffs") or []
    properties = tuple(sorted(map(str, names))) if isinstance(names, list) else ()
    urn = str(metadata.get("urn"))
    return Change(
        operation=operation, type=kind, name=urn.rpartition("::")[2], properties=properties
    )
