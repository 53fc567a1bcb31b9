"""One side of a transfer: settings, then SourceSide or TargetSide, then the side's contract."""

import os
from pathlib import Path
from typing import cast

import pulumi

from components.config import SourceSettings
from components.contract import OUTPUT_NAME, read_source
from components.handover import read_hand_over
from components.settings import load_settings
from components.source_side import SourceSide, SourceSideArgs
from components.target_side import TargetSide, TargetSideArgs


async def main() -> pulumi.Inputs:
    """Build the side that the stack's configuration asks for."""
    configuration = pulumi.runtime.get_config_env()
    settings = load_settings(
        configuration,
        pulumi.get_stack(),
        Path.cwd(),
        os.environ,
        pulumi.runtime.config.get_config_secret_keys_env(),
    )
    if isinstance(settings, SourceSettings):
        source_side = SourceSide("source", cast("SourceSideArgs", settings.component_args()))
        return _outputs(source_side)
    if settings.source_file is None:
        stack, source = settings.source_stack, await read_source(settings.source_stack)
    else:
        stack, source = "", read_hand_over(Path(settings.source_file)).contract
    args = {
        **settings.component_args(),
        "source": source.model_dump(mode="json"),
        "source_stack": stack,
    }
    return _outputs(TargetSide("target", cast("TargetSideArgs", args)))


def _outputs(side: SourceSide | TargetSide) -> pulumi.Inputs:
    return {OUTPUT_NAME: side.contract, "sas_days_left": side.sas_days_left}


pulumi.run(main)
