"""Writes what models tell: the keys of the configuration and of lists, policies, and schemas.

Run `python -m docs.generate` after a change of `components/model/options.py` or `settings.py`, of
`transfer/lock/rules.py`, of a rule in `policy/`, or of what a command prints with `--json`.
"""

import json
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_origin

import yaml
from pydantic.fields import FieldInfo

from components.model.configuration import NAMESPACE, configuration_keys
from components.model.settings import SourceSettings, TargetSettings
from fleet.records import FleetReport
from fleet.status import StatusReport
from policy.rules import RULES
from policy.rules.rule import Rule
from rehearsal.records import RehearsalReport
from transfer.diff.record import Diff
from transfer.lock.record import LockCheck
from transfer.lock.rules import Filter, ImagesFile
from transfer.reports import Report, schema_of
from transfer.verify_report import VerifyReport

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "configuration.md"
PROJECT = ROOT / "Pulumi.yaml"
IMAGES_PAGE = ROOT / "docs" / "images.md"
POLICIES_PAGE = ROOT / "docs" / "policies.md"
SCHEMAS = ROOT / "docs" / "schemas"
# By the command that prints them.
REPORTS: Mapping[str, type[Report]] = {
    "diff": Diff,
    "fleet": FleetReport,
    "fleet-status": StatusReport,
    "lock-check": LockCheck,
    "rehearse": RehearsalReport,
    "verify": VerifyReport,
}

_SOURCE, _TARGET = SourceSettings.model_fields, TargetSettings.model_fields
# What `pulumi new` asks for.
_ASKED = ("side", "registry", "location")
_FIRST = (*_ASKED, "resource_group")
# A key that both sides have, each with its own values.
_OF_EACH = "options"
_TYPES: dict[object, str] = {bool: "boolean", int: "integer", tuple: "array", dict: "object"}


def page() -> str:
    """Give the page with the tables made anew; the text around them is kept."""
    shared, source, target = _keys()
    tables = [
        _table("Both sides", _SOURCE, shared),
        _table("Source side", _SOURCE, source),
        _table("Target side", _TARGET, target),
    ]
    text = PAGE.read_text(encoding="utf-8")
    begin, end = "<!-- made by docs/generate.py -->\n", "<!-- until here -->"
    return _between(text, begin, end, "\n" + "\n".join(tables) + "\n")


def project() -> str:
    """Give Pulumi.yaml with its keys made anew; the text around them is kept.

    An entry with a type needs a default, or the engine takes its key for required. It hands the
    default to both sides, so the default is one that the other side takes for not set.
    """
    shared, source, target = _keys()
    entries = {key: _entry(_SOURCE[key], "") for key in shared}
    entries |= {key: _entry(_SOURCE[key], "Source side. ") for key in source}
    entries |= {key: _entry(_TARGET[key], "Target side. ") for key in target}
    entries[_OF_EACH]["description"] = " ".join(
        f"{side} side. {_plain(fields[_OF_EACH])}"
        for side, fields in (("Source", _SOURCE), ("Target", _TARGET))
    )
    questions = {key: _question(entries[key]) for key in _ASKED}
    text = PROJECT.read_text(encoding="utf-8")
    begin, end = "# made by docs/generate.py: {}\n", "# until here"
    text = _between(text, begin.format("questions"), " " * 4 + end, _as_yaml(questions, 4))
    return _between(text, begin.format("keys"), " " * 2 + end, _as_yaml(entries, 2))


def images_page() -> str:
    """Give the page about the list of images with the table of its keys made anew."""
    head = ["| key | meaning | example |", "|---|---|---|"]
    rows = [
        f"| `{key}` | {field.description} | `{key}: {json.dumps(field.examples[0])}` |"
        for key, field in Filter.model_fields.items()
        if field.examples
    ]
    text = IMAGES_PAGE.read_text(encoding="utf-8")
    begin, end = "<!-- made by docs/generate.py -->\n", "<!-- until here -->"
    return _between(text, begin, end, "\n" + "\n".join([*head, *rows]) + "\n\n")


def policies_page() -> str:
    """Give the page about policies with the table of its rules made anew."""
    head = ["| rule | level | demands | because | to keep it | ids |", "|---|---|---|---|---|---|"]
    rows = [_rule(rule) for rule in RULES]
    text = POLICIES_PAGE.read_text(encoding="utf-8")
    begin, end = "<!-- made by docs/generate.py -->\n", "<!-- until here -->"
    return _between(text, begin, end, "\n" + "\n".join([*head, *rows]) + "\n\n")


def schemas() -> dict[str, str]:
    """Give the schemas of what is read and printed, by the names of their files."""
    printed = {f"{command}.schema.json": schema_of(kind) for command, kind in REPORTS.items()}
    return printed | {"images.schema.json": schema_of(ImagesFile, "validation")}


def _keys() -> tuple[list[str], list[str], list[str]]:
    """List the keys of both sides, of the source alone and of the target alone."""
    source, target = (configuration_keys(side) for side in ("source", "target"))
    shared = [key for key in source if key in target and key != _OF_EACH]
    shared.sort(key=lambda key: _FIRST.index(key) if key in _FIRST else len(_FIRST))
    return shared, _without(source, shared), _without(target, shared)


def _without(keys: list[str], others: list[str]) -> list[str]:
    return [key for key in keys if key not in others]


def _between(text: str, begin: str, end: str, content: str) -> str:
    before, found_begin, rest = text.partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise ValueError(f"the lines {begin.strip()!r} and {end.strip()!r} are not in the file")
    return f"{before}{begin}{content}{end}{after}"


def _table(title: str, fields: dict[str, FieldInfo], keys: Sequence[str]) -> str:
    head = ["| key | meaning | default | example |", "|---|---|---|---|"]
    return "\n".join([f"## {title}", "", *head, *(_row(key, fields[key]) for key in keys), ""])


def _row(key: str, field: FieldInfo) -> str:
    example = f"`{json.dumps(field.examples[0])}`" if field.examples else ""
    return f"| `{key}` | {field.description} | {_default(field)} | {example} |"


def _rule(rule: Rule) -> str:
    numbers = "; ".join(f"`{name}` {default}" for name, default in rule.settings.items())
    level = f"{rule.level}; {numbers}" if numbers else rule.level
    cells = (f"`{rule.name}`", level, rule.demand, rule.reason, rule.fix, ", ".join(rule.ids))
    return f"| {' | '.join(cells)} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if not default and default != 0:
        return "none"
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _entry(field: FieldInfo, side: str) -> dict[str, object]:
    type_ = _TYPES.get(get_origin(field.annotation) or field.annotation, "string")
    entry: dict[str, object] = {"type": type_}
    if type_ == "array":
        entry["items"] = {"type": "string"}
    entry["description"] = side + _plain(field)
    if not field.is_required():
        default = field.get_default(call_default_factory=True)
        entry["default"] = [*default] if isinstance(default, tuple) else default
        if default is None:
            entry["default"] = ""
    return entry


def _question(entry: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in entry.items() if name in ("description", "default")}


def _plain(field: FieldInfo) -> str:
    return str(field.description).replace("`", "")


def _as_yaml(entries: dict[str, dict[str, object]], indent: int) -> str:
    named = {f"{NAMESPACE}:{key}": entry for key, entry in entries.items()}
    text = yaml.safe_dump(named, sort_keys=False, allow_unicode=True, width=90 - indent)
    return textwrap.indent(text, " " * indent)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    PROJECT.write_text(project(), encoding="utf-8")
    IMAGES_PAGE.write_text(images_page(), encoding="utf-8")
    POLICIES_PAGE.write_text(policies_page(), encoding="utf-8")
    for name, schema in schemas().items():
        (SCHEMAS / name).write_text(schema, encoding="utf-8")
