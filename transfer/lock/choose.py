"""Which tags the entries of a list take and leave, and why, by the lists of a registry."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cmp_to_key

from components.model.artifacts import Artifact
from components.model.errors import Problem
from transfer.lock.images_list import Exact, ImagesList
from transfer.lock.patterns import has_wildcard, version_of
from transfer.lock.rules import Filter
from transfer.parallel import for_each
from transfer.registry.client import Registry
from transfer.registry.manifest import REFERRER_TAG

# Of a repository: its tags, with the time when each was moved where that was asked for.
Tags = Mapping[str, datetime | None]


@dataclass(frozen=True)
class Decision:
    """What an entry does with an artifact."""

    artifact: Artifact
    rule: str
    fault: str = ""
    """Why it is left; empty where it is taken."""


@dataclass(frozen=True)
class Choice:
    """What a list takes."""

    decisions: tuple[Decision, ...]
    """In the order of the entries; several may be about one artifact."""
    problems: tuple[Problem, ...]
    """Entries that take nothing, too much, or name a tag that is not there."""

    @property
    def taken(self) -> dict[Artifact, str]:
        """The artifacts, each with the first rule that takes it."""
        found: dict[Artifact, str] = {}
        for decision in self.decisions:
            if not decision.fault:
                found.setdefault(decision.artifact, decision.rule)
        return found


@dataclass(frozen=True)
class Scope:
    """What is asked for of a registry: all that the list reads, or some repositories of it."""

    only: Collection[str] | None = None
    kept: Counter[str] = field(default_factory=Counter)
    """Artifacts of other repositories, by the rule that has taken them before."""

    def has(self, repository: str) -> bool:
        """Whether a repository is in it."""
        return self.only is None or repository in self.only


def choose(listed: ImagesList, source: Registry, now: datetime, scope: Scope) -> Choice:
    """Apply a list to what a registry holds; what entries name is not looked for."""
    filters = [rule for _, rule in listed.rules if isinstance(rule, Filter)]
    repositories = _repositories(filters, source, scope)
    tags = _tags(filters, repositories, source)
    decisions: list[Decision] = []
    problems: list[Problem] = []
    for place, rule in listed.rules:
        if isinstance(rule, Exact):
            if scope.has(rule.artifact.repository):
                decisions.append(Decision(rule.artifact, str(rule)))
            continue
        made = list(_decide(rule, repositories[rule], tags, now))
        allowed = [_with_denials(decision, listed) for decision in made]
        decisions += allowed
        taken = [decision.artifact for decision in allowed if not decision.fault]
        known = {decision.artifact for decision in made}
        problems += _problems(place, rule, taken, known, scope)
    return Choice(tuple(decisions), tuple(problems))


def _repositories(
    filters: Sequence[Filter], source: Registry, scope: Scope
) -> dict[Filter, list[str]]:
    """Give the repositories of each filter; those that it names may not exist."""
    is_listed = any(has_wildcard(rule.repository) for rule in filters)
    catalog = source.repositories() if is_listed else []
    return {
        rule: [
            name
            for name in (catalog if has_wildcard(rule.repository) else [rule.repository])
            if scope.has(name) and rule.reads(name)
        ]
        for rule in filters
    }


def _tags(
    filters: Sequence[Filter], repositories: Mapping[Filter, list[str]], source: Registry
) -> dict[str, Tags]:
    listed = [rule for rule in filters if not rule.needs_no_list]
    timed = {name for rule in listed if rule.asks_for_time for name in repositories[rule]}
    names = sorted({name for rule in listed for name in repositories[rule]})

    def ask(repository: str) -> Tags:
        times = source.tag_times(repository) if repository in timed else None
        if times is not None:
            return dict(times)
        return dict.fromkeys(source.tags(repository))

    return dict(zip(names, for_each(names, ask, lambda *_: None), strict=True))


def _decide(
    rule: Filter, repositories: Sequence[str], tags: Mapping[str, Tags], now: datetime
) -> Iterator[Decision]:
    if rule.needs_no_list:
        yield from (Decision(artifact, str(rule)) for artifact in rule.named if repositories)
        return
    for repository in repositories:
        held = tags[repository]
        faults = {tag: _fault(rule, tag, moved, now) for tag, moved in held.items()}
        faults |= _beyond_newest(rule, [tag for tag in held if not faults[tag]], held)
        for tag, fault in faults.items():
            yield Decision(Artifact(repository, tag), str(rule), fault)


def _fault(rule: Filter, tag: str, moved: datetime | None, now: datetime) -> str:
    if REFERRER_TAG.fullmatch(tag):
        return "is a signature, SBOM or attestation: those are taken by referrers"
    if fault := rule.fault_of(tag):
        return fault
    if rule.newest_by_semver and version_of(tag) is None:
        return "is no version of three numbers"
    if rule.asks_for_time and moved is None:
        return "the registry does not tell when it was moved"
    if moved is None:
        return ""
    if rule.not_older_than_days and moved < now - timedelta(rule.not_older_than_days):
        return f"was moved on {moved:%Y-%m-%d}, more than {rule.not_older_than_days} days ago"
    if rule.not_younger_than_days and moved > now - timedelta(rule.not_younger_than_days):
        return f"was moved on {moved:%Y-%m-%d}, less than {rule.not_younger_than_days} days ago"
    return ""


def _beyond_newest(rule: Filter, fitting: list[str], held: Tags) -> dict[str, str]:
    """Say of the tags of a repository which are not among the newest."""
    # Of equal ones the order of their names decides.
    fitting.sort(reverse=True)
    if rule.newest_by_semver:
        fitting.sort(key=cmp_to_key(_compare_versions), reverse=True)
    elif rule.newest_by_time:
        fitting.sort(key=lambda tag: moved.timestamp() if (moved := held[tag]) else 0, reverse=True)
    count = rule.newest_by_semver or rule.newest_by_time or len(fitting)
    return dict.fromkeys(fitting[count:], f"is not among the newest {count}")


def _compare_versions(one: str, other: str) -> int:
    first, second = version_of(one), version_of(other)
    assert first is not None
    assert second is not None
    return int(first.compare(second))


def _with_denials(decision: Decision, listed: ImagesList) -> Decision:
    denial = None if decision.fault else listed.denial_of(decision.artifact)
    if denial is None:
        return decision
    return Decision(decision.artifact, decision.rule, f"is denied: {denial}")


def _problems(
    place: str,
    rule: Filter,
    taken: Sequence[Artifact],
    known: Collection[Artifact],
    scope: Scope,
) -> Iterator[Problem]:
    count = len(taken) + scope.kept[str(rule)]
    if rule.at_most is not None and count > rule.at_most:
        reason = f"it takes {count} artifacts, and at_most is {rule.at_most}"
        fix = "Narrow it, or raise at_most; acr-transfer images --explain shows what it takes."
        yield Problem(place, str(rule), reason, fix)
    if rule.optional:
        return
    if not count and scope.only is None:
        fix = (
            "Correct it, or write optional: true; acr-transfer images --explain shows what it "
            "leaves, and why."
        )
        yield Problem(place, str(rule), "it takes nothing of what the registry holds", fix)
        return
    for artifact in rule.named:
        if artifact not in known and scope.has(artifact.repository):
            fix = "Push it to the source registry, take it off the entry, or write optional: true."
            yield Problem(place, str(artifact), "the registry does not hold it", fix)
