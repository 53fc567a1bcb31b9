"""What the source tells of an artifact: by its registry, a hand-over file, or a lock."""

from collections.abc import Sequence
from typing import Protocol

from components.model.artifacts import Artifact
from components.model.contract import RunPart
from components.model.handover import HandOver
from transfer.errors import CommandFailedError
from transfer.inspection import holds
from transfer.registry.client import Registry, UnreadableError
from transfer.registry.manifest import REFERRER_TAG, Part


class Originals(Protocol):
    """The artifacts as the source has them."""

    def digest(self, artifact: Artifact) -> str:
        """Tell the digest of an artifact; empty where the source has it no longer."""
        ...

    def lacking(self, artifact: Artifact, parts: Sequence[Part]) -> set[str]:
        """Tell the digests of those parts of an artifact that the source lacks, too."""
        ...

    def referrers(self, artifact: Artifact, manifests: Sequence[str]) -> list[str]:
        """List digests or tags of what refers to an artifact, as a signature or SBOM does.

        Args:
            manifests: Digests of the artifact and of the manifests that it holds.
        """
        ...

    def moved_to(self, artifact: Artifact) -> str:
        """Tell the digest that a tag has moved to since `digest`; empty where none is known."""
        ...


class RegistryOriginals:
    """The artifacts in the source registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def digest(self, artifact: Artifact) -> str:
        """Tell the digest of an artifact; empty where the source has it no longer."""
        return self._registry.digest(artifact)

    def lacking(self, artifact: Artifact, parts: Sequence[Part]) -> set[str]:
        """Tell the digests of those parts of an artifact that the source lacks, too."""
        return {
            part.digest for part in parts if not holds(self._registry, artifact.repository, part)
        }

    def referrers(self, artifact: Artifact, manifests: Sequence[str]) -> list[str]:
        """List digests or tags of what refers to an artifact, as a signature or SBOM does."""
        repository = artifact.repository
        found = [
            item for digest in manifests for item in self._registry.referrers(repository, digest)
        ]
        for tag in self._registry.tags(repository):
            match = REFERRER_TAG.fullmatch(tag)
            if match and f"sha256:{match['hex']}" in manifests:
                found.append(tag)
        return list(dict.fromkeys(found))

    def moved_to(self, _artifact: Artifact) -> str:
        """Tell of no move: its digest is that of now."""
        return ""


class HandOverOriginals:
    """The artifacts as they were when a hand-over file was written."""

    def __init__(self, hand_over: HandOver) -> None:
        self._hand_over = hand_over

    def digest(self, artifact: Artifact) -> str:
        """Tell the digest of an artifact."""
        return self._hand_over.digests[str(artifact)]

    def lacking(self, artifact: Artifact, parts: Sequence[Part]) -> set[str]:
        """Tell the digests of those parts of an artifact that the source lacked, too."""
        lacked = self._hand_over.lacking.get(str(artifact), ())
        return {part.digest for part in parts if part.digest in lacked}

    def referrers(self, artifact: Artifact, _manifests: Sequence[str]) -> list[str]:
        """List digests or tags of what referred to an artifact."""
        return list(self._hand_over.referrers.get(str(artifact), ()))

    def moved_to(self, _artifact: Artifact) -> str:
        """Tell of no move: the file knows none."""
        return ""


class LockedOriginals:
    """The artifacts as a lock names them; the source is asked for no more than whether a tag moved.

    What is not locked is what others tell.
    """

    def __init__(self, runs: Sequence[RunPart], others: Originals) -> None:
        self._digests = {text: digest for run in runs for text, digest in run.digests.items()}
        self._others = others
        self._can_be_asked = True

    def digest(self, artifact: Artifact) -> str:
        """Tell the digest of an artifact."""
        return self._digests.get(str(artifact)) or self._others.digest(artifact)

    def lacking(self, artifact: Artifact, parts: Sequence[Part]) -> set[str]:
        """Take it that the source lacked foreign parts: without any other, nothing is exported."""
        if str(artifact) in self._digests:
            return {part.digest for part in parts if part.is_foreign}
        return self._others.lacking(artifact, parts)

    def referrers(self, artifact: Artifact, manifests: Sequence[str]) -> list[str]:
        """List nothing: what refers to an artifact has lines of its own in a lock."""
        if str(artifact) in self._digests:
            return []
        return self._others.referrers(artifact, manifests)

    def moved_to(self, artifact: Artifact) -> str:
        """Tell the digest that a tag has moved to since the lock; empty where none is known."""
        locked = self._digests.get(str(artifact), "")
        if not locked or artifact.is_digest or not self._can_be_asked:
            return ""
        try:
            now = self._others.digest(artifact)
        except CommandFailedError as error:
            # One artifact may be refused; a registry that is out of reach is asked once.
            self._can_be_asked = isinstance(error, UnreadableError)
            return ""
        return now if now != locked else ""
