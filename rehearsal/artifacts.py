"""Synthetic artifacts: what stands in, in an emulated registry, for what a list or a lock names.

The content depends on the digest alone that it stands in for: what is equal in the user's registry
is equal here, and a tag that moves in the lock moves here too.
"""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from components.model.artifacts import Artifact
from components.model.images_lock import ImagesLock, LockedArtifact
from rehearsal.images import INDEX_TYPE, MANIFEST_TYPE, Descriptor, Layout, pack
from transfer.registry.manifest import INDEX_TYPES

# Of what is listed without a lock nobody knows the platforms.
_USUAL_PLATFORMS = ("linux/amd64", "linux/arm64")
_EMPTY_CONFIG = "application/vnd.oci.empty.v1+json"
_REFERRER = "application/vnd.acr-transfer.rehearsal"


@dataclass(frozen=True)
class Original:
    """What an artifact stands in for."""

    artifact: Artifact
    digest: str = ""
    """Empty where no lock tells it."""
    media_type: str = INDEX_TYPE
    platforms: tuple[str, ...] = _USUAL_PLATFORMS
    rule: str = ""
    """The entry of the list that it is there for."""
    is_referrer: bool = False
    """Whether it is taken as what refers to others of its entry, as a signature is."""

    @property
    def key(self) -> str:
        """What decides about the content."""
        return self.digest or str(self.artifact)


def originals_of_list(artifacts: Iterable[Artifact]) -> list[Original]:
    """Tell what stands in for the artifacts of a list that has no lock."""
    return [
        Original(artifact, artifact.reference if artifact.is_digest else "")
        for artifact in artifacts
    ]


def originals_of_lock(lines: Iterable[LockedArtifact], listed: set[str]) -> list[Original]:
    """Tell what stands in for the lines of a lock.

    Args:
        listed: Digests that the list names itself: what has another one is a referrer.
    """
    return [
        Original(
            line.artifact,
            line.digest,
            line.media_type or MANIFEST_TYPE,
            line.platforms,
            line.rule,
            line.artifact.is_digest and line.digest not in listed,
        )
        for line in lines
    ]


@dataclass
class StandIns:
    """Artifacts that stand in for others, each as a layout that is ready to be pushed."""

    layouts: list[tuple[Artifact, Layout]] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    """The digest here of each digest there."""

    @property
    def names(self) -> tuple[str, ...]:
        """What they are called here."""
        return tuple(str(artifact) for artifact, _ in self.layouts)

    def here(self, artifact: Artifact) -> Artifact:
        """Name an artifact as it is named here: a digest, and a tag that is made of one, differ."""
        return Artifact(artifact.repository, self._translated(artifact.reference))

    def lock(self, registry: str, lines: Sequence[LockedArtifact]) -> str:
        """Write a lock in the words of the one there: the same batches, with the digests here."""
        return self._translated(ImagesLock(registry, tuple(lines)).text())

    def _translated(self, text: str) -> str:
        for there, here in self.digests.items():
            text = text.replace(there, here)
            text = text.replace(there.replace(":", "-"), here.replace(":", "-"))
        return text


def make_stand_ins(originals: Sequence[Original], scratch: Path) -> StandIns:
    """Build an artifact for each original; what refers to others comes after them."""
    stand_ins = StandIns()
    subjects: dict[tuple[str, str], Descriptor] = {}
    for original in sorted(originals, key=lambda item: item.is_referrer):
        layout = Layout(Path(tempfile.mkdtemp(dir=scratch)) / "layout")
        place = (original.artifact.repository, original.rule)
        if original.is_referrer:
            top = _referrer(layout, original, subjects.get(place))
        else:
            top = _image(layout, original)
            subjects.setdefault(place, top)
        if original.digest:
            stand_ins.digests[original.digest] = str(top["digest"])
        stand_ins.layouts.append((original.artifact, layout))
    stand_ins.layouts = [
        (stand_ins.here(artifact), layout) for artifact, layout in stand_ins.layouts
    ]
    return stand_ins


def _image(layout: Layout, original: Original) -> Descriptor:
    said = f"A rehearsal's content, in place of {original.key}.\n".encode()
    if original.media_type not in INDEX_TYPES:
        return layout.image("amd64", [pack([("app/main", said)])], original.media_type)
    images = []
    for name in original.platforms or _USUAL_PLATFORMS:
        system, _, rest = name.partition("/")
        architecture, _, variant = rest.partition("/")
        layer = pack([("app/main", said + name.encode())])
        platform = {"os": system, "architecture": architecture}
        platform |= {"variant": variant} if variant else {}
        images.append({**layout.image(architecture, [layer]), "platform": platform})
    return layout.document(original.media_type, manifests=images)


def _referrer(layout: Layout, original: Original, subject: Descriptor | None) -> Descriptor:
    said = f"A rehearsal's content, in place of {original.key}.\n".encode()
    return layout.document(
        MANIFEST_TYPE,
        artifactType=_REFERRER,
        config=layout.blob(_EMPTY_CONFIG, b"{}"),
        layers=[layout.blob(_REFERRER, said)],
        **({"subject": subject} if subject else {}),
    )
