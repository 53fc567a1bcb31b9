"""Whether a lock fits its list, as far as the two files tell: for pull requests without a login."""

from collections.abc import Iterator

from components.model.images_lock import LockedArtifact
from transfer.lock.images_list import Exact, ImagesList
from transfer.lock.rules import Filter
from transfer.registry.manifest import REFERRER_TAG

Lines = tuple[LockedArtifact, ...]


def differences(listed: ImagesList, lines: Lines) -> Iterator[str]:
    """Name each way in which they do not fit.

    What depends on the registry is not looked at: which tags are the newest, or old enough.
    """
    rules = {str(rule): rule for _, rule in listed.rules}
    for line in lines:
        if fault := _fault_of_line(line, rules, listed):
            yield f"  {line.artifact}: {fault}"
    held = {line.artifact for line in lines}
    for place, rule in listed.rules:
        named = (rule.artifact,) if isinstance(rule, Exact) else rule.named
        is_needed = isinstance(rule, Exact) or not rule.optional
        lacking = [
            artifact
            for artifact in named
            if artifact not in held and listed.denial_of(artifact) is None
        ]
        if is_needed and (isinstance(rule, Exact) or rule.needs_no_list):
            yield from (f"  {place} {artifact}: no line of the lock has it" for artifact in lacking)
        elif is_needed and not any(_takes(rule, line) for line in lines):
            yield f"  {place} {rule}: no line of the lock is taken by it"
        if isinstance(rule, Filter) and rule.at_most is not None:
            count = sum(1 for line in lines if line.rule == str(rule) and _selects(rule, line))
            if count > rule.at_most:
                yield f"  {place} {rule}: {count} lines, and at_most is {rule.at_most}"


def _fault_of_line(
    line: LockedArtifact, rules: dict[str, Exact | Filter], listed: ImagesList
) -> str:
    rule = rules.get(line.rule)
    if rule is None:
        return f"no entry of the list is {line.rule!r}"
    if not _takes(rule, line):
        return f"the entry {line.rule!r} does not take it"
    denial = listed.denial_of(line.artifact)
    return f"an entry denies it: {denial}" if denial else ""


def _takes(rule: Exact | Filter, line: LockedArtifact) -> bool:
    if isinstance(rule, Exact):
        return line.artifact == rule.artifact
    if not rule.reads(line.artifact.repository):
        return False
    may_refer = line.artifact.is_digest or REFERRER_TAG.fullmatch(line.artifact.reference)
    return _selects(rule, line) or bool(rule.referrers and may_refer)


def _selects(rule: Filter, line: LockedArtifact) -> bool:
    is_referrer = REFERRER_TAG.fullmatch(line.artifact.reference) and not rule.needs_no_list
    return not is_referrer and not rule.fault_of(line.artifact.reference)
