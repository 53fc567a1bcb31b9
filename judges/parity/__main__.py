"""Records the shapes of a cloud's answers: `python -m judges.parity RECORD [--against FILE]`."""

import argparse
import json
import os
import secrets
import sys
from pathlib import Path

import httpx
from azure.core.exceptions import AzureError

from components.model.errors import SettingsError
from judges.parity.scenario import group_of, run
from judges.parity.shape import differences
from transfer.azure.cloud_access import environment_access, resource_manager
from transfer.errors import CommandFailedError, WrongUseError


def main() -> int:
    """Run the scenario and compare; 0 without a difference, 1 failed, 2 wrong use, 3 differs."""
    parser = argparse.ArgumentParser(prog="python -m judges.parity", description=__doc__)
    parser.add_argument("record", type=Path, metavar="RECORD", help="file to write the record to")
    parser.add_argument("--against", type=Path, metavar="FILE", help="record to compare it with")
    parser.add_argument("--yes", action="store_true", help="do not ask before anything is made")
    arguments = parser.parse_args()
    try:
        there = json.loads(arguments.against.read_text("utf-8")) if arguments.against else None
    except (OSError, ValueError) as error:
        parser.error(f"--against {arguments.against} is no record: {error}. Write one: make parity")
    record = _record(is_agreed=arguments.yes)
    arguments.record.parent.mkdir(parents=True, exist_ok=True)
    arguments.record.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    found = [] if there is None else list(differences(record, there))
    print("\n".join([*found, f"{len(record)} answers recorded in {arguments.record}"]))
    return 3 if found else 0


def _record(*, is_agreed: bool) -> dict[str, dict[str, object]]:
    needed = ("ARM_SUBSCRIPTION_ID", "ARM_TENANT_ID")
    if missing := [name for name in needed if not os.environ.get(name)]:
        raise WrongUseError(
            f"{' and '.join(missing)} of the environment must be set: they say where the scenario "
            f"makes its resources. Type: export {missing[0]}=ID"
        )
    subscription, tenant = (os.environ[name] for name in needed)
    access = environment_access(os.environ)
    where = f"subscription {subscription} at {access.endpoints.resource_manager}"
    question = f"Make and delete a Premium registry, an account and a vault in {where}? [y/N] "
    if not is_agreed and not _agrees(question):
        raise CommandFailedError("Nothing was made.", "make parity")
    suffix = secrets.token_hex(4)
    try:
        with resource_manager(access, os.environ) as client:
            return run(client, subscription, tenant, suffix)
    except AzureError as error:
        raise access.refused("a token", error) from error
    except httpx.HTTPError as error:
        raise CommandFailedError(
            f"{access.endpoints.resource_manager} does not answer: {error}. What was made may be "
            "left, all in one group; delete it:",
            f"az group delete --yes --subscription {subscription} --name {group_of(suffix)}",
        ) from error


def _agrees(question: str) -> bool:
    print(question, end="", flush=True)
    # Nobody is there to answer: that is no.
    return sys.stdin.readline().strip().lower() in ("y", "yes")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (SettingsError, WrongUseError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except CommandFailedError as error:
        sys.exit(str(error))
