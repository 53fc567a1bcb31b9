"""One side of a transfer: settings, then SourceSide or TargetSide, then the side's contract."""

import gc
import os
from pathlib import Path
from typing import cast

import pulumi

from components.azure.engine_errors import without_traceback
from components.azure.stack_contract import find_source
from components.model.configuration import load_settings
from components.model.contract import OUTPUT_NAME
from components.model.settings import SourceSettings
from components.source_side import SourceSide, SourceSideArgs
from components.target_side import TargetSide, TargetSideArgs


async def main() -> pulumi.Inputs:
    """Build the side that the stack's configuration asks for."""
    with without_traceback():
        settings = load_settings(
            pulumi.runtime.get_config_env(),
            pulumi.get_stack(),
            Path.cwd(),
            os.environ,
            pulumi.runtime.config.get_config_secret_keys_env(),
        )
        args = settings.component_args()
        side: SourceSide | TargetSide
        if isinstance(settings, SourceSettings):
            side = SourceSide("source", cast("SourceSideArgs", args))
        else:
            args |= await find_source(settings.source_stack, settings.source_file)
            side = TargetSide("target", cast("TargetSideArgs", args))
    return {OUTPUT_NAME: side.contract, "sas_days_left": side.sas_days_left}


# What is imported stays to the end: collecting it there would take a third of a second.
gc.freeze()
pulumi.run(main)
