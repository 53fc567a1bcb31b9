"""Rules of whoever is signed in: the actions that `pulumi up` takes at each scope are allowed."""

import re

from transfer.check.facts import Permission, Rights, SideFacts, Unread
from transfer.check.findings import Finding, Level, good, not_read


def judge_rights(here: SideFacts) -> list[Finding]:
    """Judge the rights of the account that is signed in, at each scope of a side."""
    return [finding for rights in here.rights for finding in _scope(here, rights)]


def _scope(here: SideFacts, rights: Rights) -> list[Finding]:
    if isinstance(rights.held, Unread):
        return [not_read(here, rights.held)]
    place = _short(rights.scope)
    lacking = [action for action in rights.needed if not _allows(rights.held, action)]
    if not lacking:
        return good(here.side, f"your rights on {place}", "pulumi up may do what it needs there")
    why = (
        "Azure answers: AuthorizationFailed. The client does not have authorization to perform "
        f"action {lacking[0]!r} over scope {rights.scope!r}."
    )
    fix = f"Have a role with these actions assigned on {rights.scope}: docs/security.md names them."
    what = f"your rights on {place} lack {', '.join(lacking)}"
    return [Finding(Level.FAILS, here.side, what, why, fix)]


def _allows(held: tuple[Permission, ...], action: str) -> bool:
    """Tell whether one role allows an action; what a role takes away it takes from itself alone."""
    return any(
        _matches(permission.actions, action) and not _matches(permission.not_actions, action)
        for permission in held
    )


def _matches(patterns: tuple[str, ...], action: str) -> bool:
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), action, re.IGNORECASE)
        for pattern in patterns
    )


def _short(scope: str) -> str:
    kind, _, name = scope.rstrip("/").rpartition("/")
    return f"{kind.rsplit('/', 1)[-1]}/{name}"
