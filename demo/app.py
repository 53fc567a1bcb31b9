"""The rehearsal from its start to its end, step by step."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from demo.images import ANOTHER, push_another, push_images
from demo.registries import create_registries
from demo.stage import Stage

Result = TypeVar("Result")

_PROJECT = Path(__file__).parent.parent

_NEXT = """
The emulated cloud still runs. To look around, in a shell:

  . {script}                          # the engine, the emulator and the stacks of this demo
  pulumi stack output contract -s source   # what the target side reads
  pulumi up -s source                 # changes nothing
  acr-transfer check                  # what could fail, read from the cloud
  acr-transfer verify                 # the table once more
  acr-transfer copy --to-folder DIR   # the way over a disk
  crane ls {target}/shop/web   # what the target's registry holds; docker is signed in, too

To end it and remove everything: make demo-clean"""


def run_demo(*, clean: bool) -> int:
    """Run the rehearsal, or only remove what an earlier one left; give the exit code."""
    stage = Stage(_PROJECT)
    if clean:
        stage.remove()
        print("The demo is gone: nothing runs, and its folder is removed.")
        return 0
    began = time.monotonic()
    _step("emulated cloud started", stage.set_up)
    # The Azure clients of this process read it too.
    os.environ.update(stage.variables())
    servers = _step("two registries created", lambda: create_registries(os.environ))
    stage.log_in(servers.values())
    _step(
        "images built and pushed to the source registry",
        lambda: push_images(servers["contososource"], stage.scratch, os.environ),
    )
    code = _type(stage, ["lock"], ["run"])
    if code == 0:
        print("\nAnother image joins the list: what would move, and the second transfer.")
        push_another(servers["contososource"], stage.scratch, os.environ)
        with (stage.project / "images.yaml").open("a") as images:
            images.write(f"  - {ANOTHER}\n")
        code = _type(stage, ["lock"], ["diff"], ["run"])
    if code == 0:
        print(f"\nThe whole demo took {time.monotonic() - began:.0f} s.")
        target = servers["contosotarget"]
        print(_NEXT.format(script=os.path.relpath(stage.script), target=target))
    return code


def _type(stage: Stage, *commands: Sequence[str]) -> int:
    """Run commands of acr-transfer in the project, up to the first that fails; give its code."""
    for command in commands:
        print(f"\n$ acr-transfer {shlex.join(command)}", flush=True)
        arguments = [sys.executable, "-m", "transfer", *command, "--dir", str(stage.project)]
        if code := subprocess.run(arguments, check=False).returncode:
            return code
    return 0


def _step(title: str, action: Callable[[], Result]) -> Result:
    began = time.monotonic()
    result = action()
    print(f"{title} in {time.monotonic() - began:.1f} s", flush=True)
    return result
