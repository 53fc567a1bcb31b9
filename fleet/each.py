"""One command of `acr-transfer` in the folder of each tenant, several at a time."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from fleet.tenants.folder import Tenant


@dataclass(frozen=True)
class Done:
    """How the command ended for a tenant."""

    tenant: str
    code: int
    said: str
    """What it wrote, but for what went into a file."""


def do_each(
    words: Sequence[str],
    tenants: Sequence[Tenant],
    jobs: int,
    ended: Callable[[Done], None],
    into: Path | None = None,
) -> list[Done]:
    """Do a command for tenants; one that fails stops no other one.

    Args:
        words: The command and its options, but for --dir.
        ended: Told of each, in the order of the tenants.
        into: Folder for what each writes on stdout, as TENANT/COMMAND.json.
    """

    def do(tenant: Tenant) -> Done:
        folder = os.path.relpath(tenant.folder)
        done = subprocess.run(
            [sys.executable, "-m", "transfer", *words, "--dir", folder],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if into is None:
            return Done(tenant.name, done.returncode, done.stdout + done.stderr)
        file = into / tenant.name / f"{words[0]}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(done.stdout, encoding="utf-8")
        return Done(tenant.name, done.returncode, done.stderr)

    found: list[Done] = []
    with ThreadPoolExecutor(jobs) as pool:
        for done in pool.map(do, tenants):
            ended(done)
            found.append(done)
    return found
