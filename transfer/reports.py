"""Reports for machines: each has a published schema, and is checked before it is written."""

import json
from typing import Literal

import pydantic

# Of whatever a report holds.
REPORT_CONFIG = pydantic.ConfigDict(
    extra="forbid",
    json_schema_serialization_defaults_required=True,
)
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Record(pydantic.BaseModel):
    """A part of a report."""

    model_config = pydantic.ConfigDict(**REPORT_CONFIG, frozen=True)


class Report(Record):
    """What a command prints with `--json`."""

    version: Literal[1] = pydantic.Field(default=1, description="Version of this schema.")

    def as_json(self) -> str:
        """Write the report.

        Raises:
            pydantic.ValidationError: it does not fit its own schema, or contradicts itself.
        """
        text = self.model_dump_json(indent=2, warnings=False)
        type(self).model_validate_json(text)
        return text


def schema_of(
    kind: type[pydantic.BaseModel],
    mode: Literal["validation", "serialization"] = "serialization",
) -> str:
    """Write the JSON Schema of what is written, or read; equal models give the same bytes."""
    schema = {"$schema": _DIALECT, **kind.model_json_schema(mode=mode)}
    return json.dumps(schema, indent=2) + "\n"
