"""From a list to what a registry holds of it: digests, sizes and what refers to the images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from components.model.artifacts import Artifact
from components.model.errors import Problem
from components.model.images_lock import FoundArtifact
from transfer.images import ListedImage, look_at_images
from transfer.lock.choose import Choice, Scope, choose
from transfer.lock.images_list import ImagesList
from transfer.lock.referrers import find_referrers
from transfer.lock.rules import Filter
from transfer.parallel import OnDone
from transfer.registry.client import Registry


@dataclass(frozen=True)
class Resolved:
    """What a list stands for in a registry."""

    images: tuple[ListedImage, ...]
    rules: Mapping[Artifact, str]
    """The rule that each image is there for."""
    problems: tuple[Problem, ...]
    left_behind: Mapping[Artifact, tuple[Artifact, ...]]
    """By image: what refers to it and is taken by no entry."""

    @property
    def found(self) -> tuple[FoundArtifact, ...]:
        """What the lock has a line for."""
        return tuple(
            FoundArtifact(
                image.artifact,
                image.found.digest,
                image.found.size,
                image.found.media_type,
                image.found.platform_names,
                self.rules[image.artifact],
            )
            for image in self.images
            if image.found
        )


def resolve(
    listed: ImagesList, source: Registry, now: datetime, on_done: OnDone, scope: Scope
) -> Resolved:
    """Ask the source registry for all that a list takes."""
    choice = choose(listed, source, now, scope)
    rules = choice.taken
    optional = _optional(listed)
    images = [
        image
        for image in _look(source, list(rules), on_done)
        if image.found or image.unread or image.artifact not in optional
    ]
    referrers = find_referrers(source, images, on_done)
    wanted = _wanting_referrers(listed, choice)
    asking = {artifact: wanted[artifact] for artifact in referrers if artifact in wanted}
    while asking:
        new = {
            referrer: rule
            for artifact, rule in asking.items()
            for referrer in referrers[artifact]
            if referrer not in rules and listed.denial_of(referrer) is None
        }
        rules |= new
        looked = _look(source, list(new), on_done)
        images += looked
        # An SBOM may be signed, too.
        more = find_referrers(source, looked, on_done) if looked else {}
        referrers |= more
        asking = {artifact: new[artifact] for artifact in more if artifact in new}
    left = {
        artifact: tuple(item for item in found if item not in rules)
        for artifact, found in referrers.items()
    }
    return Resolved(
        tuple(images), rules, choice.problems, {key: items for key, items in left.items() if items}
    )


def _look(source: Registry, artifacts: Sequence[Artifact], on_done: OnDone) -> list[ListedImage]:
    return [*look_at_images(artifacts, source, None, on_done, asks_for_layers=False)]


def _optional(listed: ImagesList) -> set[Artifact]:
    """Give what may be missing though it is named, as no other entry asks for it."""
    named = [
        (artifact, isinstance(rule, Filter) and rule.optional)
        for _, rule in listed.rules
        for artifact in (rule.named if isinstance(rule, Filter) else (rule.artifact,))
    ]
    return {item for item, is_optional in named if is_optional} - {
        item for item, is_optional in named if not is_optional
    }


def _wanting_referrers(listed: ImagesList, choice: Choice) -> dict[Artifact, str]:
    """Give the images that an entry takes with their referrers, each with that entry."""
    asking = {str(rule) for _, rule in listed.rules if isinstance(rule, Filter) and rule.referrers}
    return {
        decision.artifact: decision.rule
        for decision in reversed(choice.decisions)
        if not decision.fault and decision.rule in asking
    }
