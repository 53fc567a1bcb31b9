"""Puts the tables of keys into docs/configuration.md: `python docs/generate.py`."""

import json
from pathlib import Path

from pydantic.fields import FieldInfo

from components.model.configuration import configuration_keys
from components.model.settings import SourceSettings, TargetSettings

PAGE = Path(__file__).parent / "configuration.md"
_BEGIN, _END = "<!-- made by docs/generate.py -->", "<!-- until here -->"


def page() -> str:
    """Give the page with the tables made anew; the text around them is kept."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n\n{_tables()}\n{_END}{after}"


def _tables() -> str:
    source, target = (configuration_keys(side) for side in ("source", "target"))
    shared = [key for key in source if key in target and key != "options"]
    shared.sort(key=lambda key: key not in ("side", "registry", "location", "resource_group"))
    return "\n".join(
        [
            _table("Both sides", SourceSettings.model_fields, shared),
            _table("Source side", SourceSettings.model_fields, [*_without(source, shared)]),
            _table("Target side", TargetSettings.model_fields, [*_without(target, shared)]),
        ]
    )


def _without(keys: list[str], others: list[str]) -> list[str]:
    return [key for key in keys if key not in others]


def _table(title: str, fields: dict[str, FieldInfo], keys: list[str]) -> str:
    head = ["| key | meaning | default | example |", "|---|---|---|---|"]
    return "\n".join([f"## {title}", "", *head, *(_row(key, fields[key]) for key in keys), ""])


def _row(key: str, field: FieldInfo) -> str:
    example = f"`{json.dumps(field.examples[0])}`" if field.examples else ""
    return f"| `{key}` | {field.description} | {_default(field)} | {example} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    return f"`{default}`" if default or default == 0 else "none"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
