"""Records the shapes of a cloud's answers: `python -m judges.parity RECORD [--against FILE]`."""

import argparse
import json
import os
import secrets
import sys
from pathlib import Path

import httpx

from components.model.errors import SettingsError
from judges.parity.scenario import run
from judges.parity.shape import differences
from transfer.azure.cloud_access import environment_access
from transfer.azure.endpoints import trusted_authorities
from transfer.errors import CommandFailedError


def main() -> int:
    """Run the scenario and compare; 0 without a difference, 1 on a failure, 3 with differences."""
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
        raise CommandFailedError(
            f"{' and '.join(missing)} of the environment are empty: they say where the scenario "
            "makes its resources.",
            f"export {missing[0]}=ID",
        )
    subscription, tenant = (os.environ[name] for name in needed)
    access = environment_access(os.environ)
    where = f"subscription {subscription} at {access.endpoints.resource_manager}"
    question = f"Make and delete a Premium registry, an account and a vault in {where}? [y/N] "
    if not is_agreed and input(question).strip().lower() not in ("y", "yes"):
        raise CommandFailedError("Nothing was made.", "make parity")
    token = access.credential.get_token(access.endpoints.arm_scope).token
    with httpx.Client(
        base_url=access.endpoints.resource_manager,
        headers={"Authorization": f"Bearer {token}"},
        verify=trusted_authorities(os.environ),
        timeout=120,
    ) as client:
        return run(client, subscription, tenant, secrets.token_hex(4))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (CommandFailedError, SettingsError) as error:
        sys.exit(str(error))
    except httpx.HTTPError as error:
        sys.exit(
            f"The cloud does not answer: {error}. What was made is in one group; then:\nmake parity"
        )
