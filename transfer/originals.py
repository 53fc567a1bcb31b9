"""What the source tells of an artifact: by its registry, or by a hand-over file."""

import re
from collections.abc import Sequence
from typing import Protocol

from components.model.artifacts import Artifact
from components.model.handover import HandOver
from transfer.inspection import holds
from transfer.registry.client import Registry
from transfer.registry.manifest import Part

# Where cosign puts what refers to a manifest, and where clients put it for registries that have no
# referrers API.
_REFERRER_TAG = re.compile(r"sha256-(?P<hex>[a-f0-9]{64})(\.(sig|att|sbom))?")


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
            match = _REFERRER_TAG.fullmatch(tag)
            if match and f"sha256:{match['hex']}" in manifests:
                found.append(tag)
        return list(dict.fromkeys(found))


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
