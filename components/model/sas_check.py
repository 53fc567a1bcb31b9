"""Checks a SAS that a person brings: everything that a pipeline would fail at, named at once."""

import re
from datetime import datetime

from .errors import Problem
from .sas_source import SasTerms, read_moment, sas_fields
from .sas_terms import Grant

_FORMS = "such as 2027-01-31 or 2027-01-31T00:00:00Z"
_TIMES = {
    "st": "start",
    "se": "expiry",
    "skt": "start of its user delegation key",
    "ske": "expiry of its user delegation key",
}
# Base64 ends with =, which stands encoded once in a query.
_ENCODED_TWICE = re.compile(r"%25(2B|2F|3D)", re.IGNORECASE)


def sas_faults(token: str, grant: Grant, now: datetime) -> list[str]:
    """List what is wrong with a SAS; each fault is a sentence without the token."""
    fields = sas_fields(token)
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


def _faults_of_time(fields: dict[str, str], now: datetime) -> list[str]:
    terms = SasTerms.of(fields)
    faults = [
        f"its {what} ({key}) is no time that storage reads, {_FORMS}"
        for key, what in _TIMES.items()
        if key in fields and read_moment(fields[key]) is None
    ]
    if "se" not in fields and not terms.access_policy:
        faults.append(f"it has no expiry (se), {_FORMS}")
    if terms.ends is not None and terms.ends <= now:
        faults.append(f"it has expired at {terms.ends:%Y-%m-%d %H:%M} UTC")
    if terms.begins is not None and terms.begins > now:
        faults.append(f"it is not valid before {terms.begins:%Y-%m-%d %H:%M} UTC")
    if terms.start is not None and terms.expiry is not None and terms.start >= terms.expiry:
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
    # Without letters of its own it has those of its stored access policy, which are not read here.
    if "si" in fields and "sp" not in fields:
        return faults
    lacking = set(needed.permissions) - set(fields.get("sp", ""))
    if lacking:
        faults.append(f"it lacks the permissions (sp) {_listed(lacking)}")
    return faults


def _listed(letters: set[str]) -> str:
    return ", ".join(sorted(letters))
