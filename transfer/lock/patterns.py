"""Names with wildcards, and versions: how the entries of a list name repositories and tags."""

import re
from functools import cache

import nodesemver

# Longer ones first: `**/` also stands for no folder at all.
_WILDCARD = re.compile(r"\*\*/|\*\*|\*|\?")
_IN_REPOSITORY = {"**/": "(?:.+/)?", "**": ".+", "*": "[^/]*", "?": "[^/]"}
_IN_TAG = {"**/": ".*/", "**": ".*", "*": ".*", "?": "."}


def has_wildcard(pattern: str) -> bool:
    """Whether a name stands for several."""
    return "*" in pattern or "?" in pattern


def fits_repository(pattern: str, name: str) -> bool:
    """Whether a repository fits a pattern, in which `*` is of one folder and `**` of any depth."""
    return _compiled(pattern, is_of_tag=False).fullmatch(name) is not None


def fits_tag(pattern: str, name: str) -> bool:
    """Whether a tag fits a pattern."""
    return _compiled(pattern, is_of_tag=True).fullmatch(name) is not None


def version_of(tag: str) -> nodesemver.SemVer | None:
    """Read a tag as a version of three numbers, `1.4.2` or `v1.4.2-rc.1`; None where it is none."""
    try:
        return nodesemver.make_semver(tag, loose=False)
    except ValueError:
        return None


@cache
def read_range(text: str) -> nodesemver.Range:
    """Read a range of versions, as npm writes them.

    Raises:
        ValueError: it is none.
    """
    return nodesemver.make_range(text, loose=False)


@cache
def _compiled(pattern: str, *, is_of_tag: bool) -> re.Pattern[str]:
    meanings = _IN_TAG if is_of_tag else _IN_REPOSITORY
    parts, end = [], 0
    for found in _WILDCARD.finditer(pattern):
        parts += [re.escape(pattern[end : found.start()]), meanings[found[0]]]
        end = found.end()
    return re.compile("".join([*parts, re.escape(pattern[end:])]))
