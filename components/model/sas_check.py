"""Checks a SAS that a person brings: everything that a pipeline would fail at, named at once."""

import re
from datetime import UTC, datetime
from urllib.parse import parse_qs

from .errors import Problem
from .sas_terms import Grant

_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
# Base64 ends with =, which stands encoded once in a query.
_ENCODED_TWICE = re.compile(r"%25(2B|2F|3D)", re.IGNORECASE)


def sas_faults(token: str, grant: Grant, now: datetime) -> list[str]:
    """List what is wrong with a SAS; each fault is a sentence without the token."""
    fields = _fields(token)
    faults = []
    if not token.startswith("?"):
        faults.append("it does not start with ?")
    if "sig" not in fields:
        faults.append("it has no signature (sig)")
    elif _ENCODED_TWICE.search(token):
        faults.append("its signature is percent-encoded twice")
    if fields.get("spr") != "https":
        faults.append("it is not for https alone (spr=https)")
    if "sip" in fields:
        faults.append("it is bound to an address (sip), and the service has no fixed one")
    return [*faults, *_faults_of_time(fields, now), *_faults_of_reach(fields, grant)]


def sas_problem(where: str, fault: str, fix: str) -> Problem:
    """Tell a fault of a brought SAS, without the SAS."""
    return Problem(where, "[secret]", fault, fix)


def validity(token: str) -> tuple[datetime | None, datetime]:
    """Read start and expiry of a SAS that has been checked."""
    fields = _fields(token)
    return _moment(fields.get("st")), _moment(fields.get("se")) or datetime.max.replace(tzinfo=UTC)


def _fields(token: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(token.removeprefix("?")).items()}


def _faults_of_time(fields: dict[str, str], now: datetime) -> list[str]:
    start, expiry = _moment(fields.get("st")), _moment(fields.get("se"))
    if expiry is None:
        return ["it has no expiry (se) in UTC, such as 2027-01-31T00:00:00Z"]
    faults = []
    if expiry <= now:
        faults.append(f"it has expired at {fields['se']}")
    if "st" in fields and start is None:
        faults.append("its start (st) is not in UTC, such as 2027-01-31T00:00:00Z")
    if start is not None and start > now:
        faults.append(f"it is not valid before {fields['st']}")
    if start is not None and start >= expiry:
        faults.append("its start (st) is not before its expiry (se)")
    return faults


def _faults_of_reach(fields: dict[str, str], grant: Grant) -> list[str]:
    faults = []
    if "sr" in fields:
        needed = Grant(grant.side, "container", grant.deletes_blobs)
        if fields["sr"] != "c":
            faults.append(f"it is for one blob (sr={fields['sr']}), not for a container (sr=c)")
    elif "ss" in fields:
        needed = Grant(grant.side, "account", grant.deletes_blobs)
        if "b" not in fields["ss"]:
            faults.append("it is not for the blob service (ss=b)")
        lacking = set(needed.resource_types) - set(fields.get("srt", ""))
        if lacking:
            faults.append(f"it lacks the resource types (srt) {_listed(lacking)}")
    else:
        return ["it is neither a SAS of an account (ss, srt) nor of a container (sr=c)"]
    lacking = set(needed.permissions) - set(fields.get("sp", ""))
    if lacking:
        faults.append(f"it lacks the permissions (sp) {_listed(lacking)}")
    return faults


def _listed(letters: set[str]) -> str:
    return ", ".join(sorted(letters))


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.strptime(text or "", _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None
