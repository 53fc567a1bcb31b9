"""Reads a list of images: single artifacts, filters and denials, all mistakes at once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pydantic

from components.model.artifacts import Artifact, parse_artifact
from components.model.errors import Problem, SettingsError
from components.model.wrong_values import nearest_of, rule_of
from transfer.lock.rules import Deny, Filter

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_WRITE = (
    "Write it as myrepo/app:1.0, in quotes, or as a filter: {repository: shop/*, tags: ['1.*']}."
)
_OF_REPOSITORIES = "a repository has lower-case letters, digits, . _ - and /; * and ? are wildcards"
_MEANINGS = {
    "repository": _OF_REPOSITORIES,
    "deny": _OF_REPOSITORIES,
    "tags": "a tag has letters, digits, . _ and -; * and ? are wildcards",
    "digests": "a digest is sha256: and 64 hex digits",
    "regex": "a regular expression is there, and holds no blank, as no tag does",
    "semver": "a range of versions is there",
}


@dataclass(frozen=True)
class Exact:
    """Takes one artifact, which has to be there."""

    artifact: Artifact

    def __str__(self) -> str:
        return str(self.artifact)


@dataclass(frozen=True)
class ImagesList:
    """A list that was read."""

    rules: tuple[tuple[str, Exact | Filter], ...]
    """Each with the place where it stands, for messages."""
    denied: tuple[Deny, ...]

    def denial_of(self, artifact: Artifact) -> Deny | None:
        """Give what denies an artifact to every entry."""
        return next((entry for entry in self.denied if entry.denies(artifact)), None)


def parse_list(entries: Sequence[object], where: str) -> ImagesList:
    """Read the entries of a list.

    Args:
        where: The file or key that they stand in, for messages.

    Raises:
        SettingsError: entries are wrong, or contradict each other; it names all of them.
    """
    rules: list[tuple[str, Exact | Filter]] = []
    denied: list[Deny] = []
    problems: list[Problem] = []
    for index, entry in enumerate(entries):
        place = f"{where}[{index}]"
        try:
            found = _parse(entry, place)
        except SettingsError as error:
            problems += error.problems
            continue
        if isinstance(found, Deny):
            denied.append(found)
        else:
            rules.append((place, found))
    made = ImagesList(tuple(rules), tuple(denied))
    if not rules and not problems:
        fix = "List what to transfer: [myrepo/app:1.0]."
        problems.append(Problem(where, [], "a transfer has at least one artifact", fix))
    for place, rule in rules:
        if isinstance(rule, Exact) and (denial := made.denial_of(rule.artifact)):
            reason = f"another entry denies it: {denial}"
            problems.append(Problem(place, str(rule), reason, "Remove one of the two."))
    if problems:
        raise SettingsError(problems)
    return made


def _parse(entry: object, place: str) -> Exact | Filter | Deny:
    if not isinstance(entry, Mapping):
        try:
            return Exact(parse_artifact(entry if isinstance(entry, str) else ""))
        except ValueError as error:
            raise SettingsError([Problem(place, entry, str(error), _WRITE)]) from error
    shape = Deny if "deny" in entry else Filter
    try:
        return shape.model_validate(entry)
    except pydantic.ValidationError as error:
        raise SettingsError(
            [
                _problem(place, entry, shape, item)
                for item in error.errors()
                # An item that is wrong is told by itself.
                if item["type"] != "too_short" or not item["input"]
            ]
        ) from error


def _problem(
    place: str,
    entry: Mapping[str, object],
    shape: type[Filter] | type[Deny],
    error: "ErrorDetails",
) -> Problem:
    fields, location = shape.model_fields, error["loc"]
    path = place + "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in location
    )
    if not location:
        rule = rule_of(error["type"], error["msg"])
        return Problem(path, dict(entry), rule, "Write it as in docs/images.md.")
    key = str(location[0])
    if error["type"] == "extra_forbidden":
        fix = f"{nearest_of(key, fields)}The keys of an entry are: {', '.join(fields)}."
        return Problem(path, error["input"], "there is no such key", fix)
    rule = rule_of(error["type"], error["msg"]).replace("a valid tuple", "a list")
    if error["type"] == "string_pattern_mismatch":
        rule = _MEANINGS[key]
    fix = f"Write {key}: {json.dumps((fields[key].examples or [''])[0])}."
    value = None if error["type"] == "missing" else error["input"]
    return Problem(path, value, rule, fix)
