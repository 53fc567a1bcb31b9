"""Brings shared libraries that a binary lacks, from Debian packages and without root."""

import os
import shutil
import tempfile
from pathlib import Path

from tools.run import Command, ToolError, run, say


def missing(binary: Path) -> list[str]:
    """Return the shared libraries that the dynamic linker cannot find for a binary."""
    listing = run(["ldd", binary], doing=f"looking for the libraries of {binary.name}")
    return [line.split()[0] for line in listing.splitlines() if line.endswith("=> not found")]


def fetch(package: str, into: Path) -> None:
    """Unpack the libraries of a Debian package, and of what it needs, into one folder."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise ToolError(
            f"{package} is not installed and there is no apt-get to fetch it with. "
            "Install your distribution's libsecret, then run: make setup"
        )
    say(f"azcopy: fetching {package} and what it needs with apt-get, into the cache")
    # A plan of apt's own, so that only what the machine lacks comes.
    packages = _plan(package)
    into.mkdir()
    with tempfile.TemporaryDirectory(dir=into.parent) as scratch:
        for each in packages:
            run(["apt-get", "download", each], doing=f"fetching {each}", cwd=Path(scratch))
        for archive in Path(scratch).glob("*.deb"):
            unpack: Command = ["dpkg-deb", "--extract", archive, Path(scratch) / "root"]
            run(unpack, doing=f"unpacking {archive.name}")
        for library in (Path(scratch) / "root").rglob("*.so.*"):
            shutil.copy2(library, into / library.name, follow_symlinks=False)


def _plan(package: str) -> list[str]:
    try:
        return _simulate(package)
    except ToolError:
        if os.geteuid() != 0:
            raise ToolError(
                f"{package} is not installed and apt-get knows nothing of it yet. "
                f"Run: sudo apt-get update && sudo apt-get install {package}"
            ) from None
    run(["apt-get", "update"], doing="updating the package lists")
    return _simulate(package)


def _simulate(package: str) -> list[str]:
    command = ["apt-get", "install", "--simulate", "--no-install-recommends", package]
    plan = run(command, doing=f"asking apt-get what {package} needs")
    return [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]
