"""Records with which arguments the tools are called."""

import os
import shutil
from pathlib import Path

from engine_stage import EngineStage

TOOLS = ("pulumi", "azcopy", "crane")


def record_arguments(stage: EngineStage, folder: Path) -> Path:
    """Put programs before the tools on PATH that note their arguments, and give the log."""
    folder.mkdir()
    log = folder / "log"
    path = stage.environment["PATH"]
    for tool in TOOLS:
        program = folder / tool
        real = shutil.which(tool, path=path)
        program.write_text(f'#!/bin/sh\necho "$0 $*" >> "{log}"\nexec "{real}" "$@"\n')
        program.chmod(0o700)
    stage.environment["PATH"] = f"{folder}{os.pathsep}{path}"
    return log
