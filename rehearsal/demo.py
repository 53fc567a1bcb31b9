"""The demo: the rehearsal of the two stack files at the root, by the commands that a user types."""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import yaml

from components.model.artifacts import Artifact
from rehearsal.artifacts import make_stand_ins, originals_of_list
from rehearsal.files import read_pair
from rehearsal.fixtures import Fixtures
from rehearsal.rehearse import KEPT, set_stage
from rehearsal.stage import Stage
from transfer.clock import Clock
from transfer.console import Console

_ANOTHER = Artifact("shop/web", "1.5")
_NEXT = """
The emulated cloud still runs. To look around, in a shell:

  . {script}                # the engine, the emulator and the stacks of this demo
  pulumi stack output contract -s source   # what the target side reads
  pulumi up -s source                 # changes nothing
  acr-transfer check                  # what could fail, read from the cloud
  acr-transfer verify                 # the table once more
  acr-transfer copy --to-folder DIR   # the way over a disk
  crane ls {target}/shop/web   # what the target's registry holds; docker is signed in, too

To end it and remove everything: make demo-clean"""


def run_demo() -> int:
    """Rehearse the two stacks of this directory step by step; give the exit code."""
    clock = Clock()
    began = clock.seconds()
    pair = read_pair("", Path())
    with set_stage(pair.root / KEPT, Console()) as stage, closing(Fixtures(stage)) as fixtures:
        print("Registries that the two files take as existing, and images of their list.")
        fixture = fixtures.set_up(pair)
        stage.checkout.lay([pair], fixture.told, fixture.texts)
        stage.log_in(fixture.for_docker)
        stage.write_script()
        has_lock = pair.source_settings.images_file and pair.source_settings.images_lock
        code = _type(stage, *([["lock"]] if has_lock else []), ["run"])
        if code == 0 and has_lock:
            print("\nAnother image joins the list: what would move, and the second transfer.")
            fixtures.push(pair, make_stand_ins(originals_of_list([_ANOTHER]), stage.scratch))
            _add_to_list(stage.checkout.folder / str(pair.source_settings.images_file))
            code = _type(stage, ["lock"], ["diff"], ["run"])
        if code == 0:
            print(f"\nThe whole demo took {clock.seconds() - began:.0f} s.")
            script = os.path.relpath(stage.script)
            print(_NEXT.format(script=script, target=fixture.login_servers[-1]))
    return code


def _add_to_list(file: Path) -> None:
    listed = yaml.safe_load(file.read_text(encoding="utf-8"))["images"]
    text = yaml.safe_dump({"images": [*listed, str(_ANOTHER)]})
    file.write_text(text, encoding="utf-8")


def _type(stage: Stage, *commands: Sequence[str]) -> int:
    """Run commands of acr-transfer in the project, up to the first that fails; give its code."""
    for command in commands:
        print(f"\n$ acr-transfer {shlex.join(command)}", flush=True)
        arguments = [
            sys.executable,
            "-m",
            "transfer",
            *command,
            "--dir",
            str(stage.checkout.folder),
        ]
        if code := subprocess.run(arguments, check=False).returncode:
            return code
    return 0
