"""A whole stack program on the recording engine: configuration in, resources or a refusal out."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pulumi
from mock_engine import Recording, record
from sides import SOURCE

from components.model.configuration import load_settings
from components.model.settings import SourceSettings
from components.source_side import SourceSide, SourceSideArgs
from components.target_side import TargetSide, TargetSideArgs

AS_OF = {"ACR_TRANSFER_AS_OF": "2026-11-24T12:00:00Z"}


def as_engine_hands_over(values: Mapping[str, object]) -> dict[str, str]:
    """Write configured values as the engine gives them to a program: all of them as text."""
    return {
        f"acr-transfer:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in values.items()
    }


def run(
    values: Mapping[str, object],
    *,
    source: Mapping[str, object] = SOURCE,
    answers: Mapping[str, Mapping[str, Any]] | None = None,
    preview: bool = False,
) -> Recording:
    """Run the program of a stack with this configuration, a SAS in it being a secret."""
    configuration = as_engine_hands_over(values)

    def program() -> pulumi.Output[Mapping[str, object]]:
        secrets = {"acr-transfer:sas"} & configuration.keys()
        settings = load_settings(configuration, "dev", Path(), AS_OF, secrets)
        args = settings.component_args()
        if isinstance(settings, SourceSettings):
            return SourceSide("source", cast("SourceSideArgs", args)).contract
        args |= {"source": dict(source), "source_stack": "organization/acr-transfer/source"}
        return TargetSide("target", cast("TargetSideArgs", args)).contract

    return record(program, answers=answers, preview=preview)
