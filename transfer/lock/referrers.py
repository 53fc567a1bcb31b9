"""What refers to images, as signatures, SBOMs and attestations do: found with few requests."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from components.model.artifacts import Artifact
from transfer.images import ListedImage
from transfer.parallel import OnDone, for_each
from transfer.registry.client import Registry
from transfer.registry.manifest import REFERRER_TAG

# A minute has ten times as many reads as lists of referrers: transfer/patience.py.
_READS_FOR_ONE_LIST = 10


@dataclass(frozen=True)
class _Asked:
    """A question to the registry: what refers to a manifest, or what a manifest refers to."""

    repository: str
    digest: str
    is_subject: bool


def find_referrers(
    source: Registry, images: Sequence[ListedImage], on_done: OnDone
) -> dict[Artifact, tuple[Artifact, ...]]:
    """Tell what refers to each image or to a manifest that its index holds.

    Azure lists all manifests of a repository at once. What is in that list and in no image may be a
    referrer, and says so itself; where it says nothing, nobody is asked about each manifest.
    """
    subjects = _subjects(images)
    repositories = list(subjects)

    def ask_lists(repository: str) -> tuple[list[str], list[str] | None]:
        return source.tags(repository), source.manifest_digests(repository)

    def ask(asked: _Asked) -> list[tuple[str, Artifact]]:
        if asked.is_subject:
            found = source.referrers(asked.repository, asked.digest)
            return [(asked.digest, Artifact(asked.repository, item)) for item in found]
        manifest = source.manifest(asked.repository, asked.digest)
        subject = manifest.subject if manifest else ""
        return [(subject, Artifact(asked.repository, asked.digest))]

    lists = for_each(repositories, ask_lists, lambda *_: None)
    questions: list[_Asked] = []
    pairs: list[tuple[str, Artifact]] = []
    for repository, (tags, digests) in zip(repositories, lists, strict=True):
        known = subjects[repository]
        questions += _questions(repository, known, digests)
        matches = [match for tag in tags if (match := REFERRER_TAG.fullmatch(tag))]
        pairs += [(f"sha256:{match['hex']}", Artifact(repository, match[0])) for match in matches]
    pairs += [pair for answer in for_each(questions, ask, on_done) for pair in answer]
    return _by_image(subjects, pairs)


def _subjects(images: Iterable[ListedImage]) -> dict[str, dict[str, list[Artifact]]]:
    """Give by repository and digest which images hold a manifest."""
    subjects: dict[str, dict[str, list[Artifact]]] = {}
    for image in images:
        held = subjects.setdefault(image.artifact.repository, {})
        for digest in image.found.manifests if image.found else ():
            held.setdefault(digest, []).append(image.artifact)
    return subjects


def _questions(repository: str, known: Iterable[str], listed: list[str] | None) -> list[_Asked]:
    subjects = list(known)
    others = set(listed or ()).difference(subjects)
    if listed is None or len(others) > _READS_FOR_ONE_LIST * len(subjects):
        return [_Asked(repository, digest, is_subject=True) for digest in subjects]
    return [_Asked(repository, digest, is_subject=False) for digest in sorted(others)]


def _by_image(
    subjects: dict[str, dict[str, list[Artifact]]], pairs: Iterable[tuple[str, Artifact]]
) -> dict[Artifact, tuple[Artifact, ...]]:
    found: dict[Artifact, set[Artifact]] = {}
    for subject, referrer in pairs:
        for image in subjects[referrer.repository].get(subject, ()):
            found.setdefault(image, set()).add(referrer)
    return {image: tuple(sorted(referrers)) for image, referrers in found.items()}
