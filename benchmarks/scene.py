"""Where a benchmark plays: an emulated cloud with registries and stacks, in a temporary folder."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from benchmarks.cloud import EmulatedCloud
from benchmarks.command import Measured, run
from benchmarks.errors import BenchmarkError
from benchmarks.stacks import BenchStack
from rehearsal.files import read_pair
from rehearsal.fixtures import Fixtures
from rehearsal.images import Layout
from rehearsal.stage import Stage
from transfer.stopping import heed_interrupts

ROOT = Path(__file__).parent.parent
SMALL_IMAGE = "bench/small:1"
_SMALL_LAYER = b"a layer that costs nothing to move"
_TOOLS = ("pulumi", "crane", "azcopy", "azurite-blob")


@dataclass(frozen=True)
class Scene:
    """A set stage; the component stacks are made, and nothing is up."""

    stage: Stage
    environment: Mapping[str, str] = field(repr=False)
    login_servers: Mapping[str, str]
    cloud: EmulatedCloud

    @property
    def project(self) -> Path:
        """The project of the stacks source and target."""
        return self.stage.checkout.folder

    def side(self, name: str) -> BenchStack:
        """Give the stack `source` or `target` of the program itself."""
        return BenchStack(self.project, name, self.environment)

    def flat(self, side: str) -> BenchStack:
        """Make a stack of the program that declares a side's resources without components."""
        folder = self.stage.scratch / f"flat-{side}"
        folder.mkdir()
        for file in ("Pulumi.yaml", "__main__.py"):
            (folder / file).symlink_to(ROOT / "benchmarks" / "flat" / side / file)
        (folder / ".venv").symlink_to(ROOT / ".venv")
        stack = BenchStack(folder, "flat", self.environment)
        stack.create()
        return stack

    def choose_images(self, images: Sequence[str]) -> None:
        """Say what the source side exports."""
        file = self.project / "images.yaml"
        file.write_text(yaml.safe_dump({"images": list(images)}), encoding="utf-8")

    def set_lock(self, file: str | None) -> None:
        """Have the source side take its runs from a lock, or from the list itself."""
        stack_file = self.project / "Pulumi.source.yaml"
        document = yaml.safe_load(stack_file.read_text())
        document["config"] |= {"acr-transfer:images_lock": file}
        if file is None:
            del document["config"]["acr-transfer:images_lock"]
        stack_file.write_text(yaml.safe_dump(document), encoding="utf-8")

    def push_image(self, image: str, layer: bytes) -> None:
        """Push an image of one layer to the source registry."""
        with tempfile.TemporaryDirectory(dir=self.stage.scratch) as folder:
            layout = Layout(Path(folder) / "layout")
            layout.finish(layout.image("amd64", [layer]))
            name = f"{self.login_servers['contososource']}/{image}"
            run(["crane", "push", str(layout.folder), name], Path(folder), self.environment)

    def transfer(self, *command: str, may_fail: bool = False) -> Measured:
        """Run a command of acr-transfer on the two stacks."""
        arguments = [sys.executable, "-m", "transfer", *command]
        arguments += ["--dir", str(self.project)]
        return run(arguments, ROOT, self.environment, may_fail=may_fail)


@contextmanager
def scene() -> Iterator[Scene]:
    """Set the stage; at the end, however it comes, nothing runs and nothing is left."""
    _require_tools()
    heed_interrupts()
    folder = Path(tempfile.mkdtemp(prefix="acr-bench-"))
    stage = Stage(folder / "stage")
    before = dict(os.environ)
    try:
        stage.set_up()
        # The Azure clients of this process read it too.
        os.environ.update(stage.variables)
        environment = dict(os.environ)
        pair = read_pair("", _checkout(folder / "checkout"))
        with closing(Fixtures(stage)) as fixtures:
            fixture = fixtures.set_up(pair)
        stage.checkout.lay([pair], fixture.told, fixture.texts)
        names = ("contososource", "contosotarget")
        login_servers = dict(zip(names, fixture.login_servers, strict=True))
        cloud = EmulatedCloud(environment)
        try:
            ready = Scene(stage, environment, login_servers, cloud)
            stage.log_in(login_servers.values())
            ready.push_image(SMALL_IMAGE, _SMALL_LAYER)
            ready.choose_images([SMALL_IMAGE])
            for side in ("source", "target"):
                ready.side(side).create()
            yield ready
        finally:
            cloud.close()
    except subprocess.CalledProcessError as error:
        raise BenchmarkError(f"the stage cannot be set: {error}. Look above for why.") from error
    finally:
        os.environ.clear()
        os.environ.update(before)
        stage.remove()
        shutil.rmtree(folder, ignore_errors=True)


def _checkout(folder: Path) -> Path:
    """Make a checkout of the program with files of the benchmarks' own."""
    shutil.copytree(ROOT / "benchmarks" / "project", folder)
    for name in ("__main__.py", "components", ".venv"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def _require_tools() -> None:
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        raise BenchmarkError(
            f"{', '.join(missing)} is not on PATH; the benchmarks run the real tools. "
            "Start them by: make bench"
        )
