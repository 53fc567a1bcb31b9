"""Keeps a registry's manifests on disk, for the registry beneath holds them in memory only."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from emulator.values import JsonObject, child, find, number, objects, text

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class ManifestChange:
    """One successful PUT (with a digest) or DELETE (without) of a manifest."""

    repository: str
    reference: str
    media_type: str = ""
    digest: str = ""
    subject: str = ""
    """Digest of the manifest that this one refers to, as a signature does."""
    time: str = "2020-01-01T00:00:00.000000Z"
    """When it was done; journals of earlier versions do not tell."""
    architecture: str = ""
    os: str = ""


@dataclass(frozen=True)
class Held:
    """What a tag or a digest of a repository leads to."""

    digest: str
    media_type: str
    created: str
    changed: str
    architecture: str = ""
    os: str = ""


class ManifestJournal:
    """Every change in its order, which is the order in which they can be done again."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory = directory
        self._file = directory / "journal.jsonl"
        self._tags: dict[str, dict[str, Held]] = {}
        self._manifests: dict[str, dict[str, Held]] = {}
        self._referrers: dict[tuple[str, str], dict[str, ManifestChange]] = {}
        for change in self.changes():
            self._note(change)

    def changes(self) -> Iterator[ManifestChange]:
        """Give all changes, oldest first."""
        if not self._file.exists():
            return
        with self._file.open(encoding="utf-8") as lines:
            for line in lines:
                # A line without an end was being written when the emulator was killed.
                if line.endswith("\n"):
                    yield ManifestChange(**json.loads(line))

    def body(self, digest: str) -> bytes:
        """Give a manifest's bytes."""
        return self._path(digest).read_bytes()

    def document(self, digest: str) -> JsonObject:
        """Give a manifest's content."""
        return parse_manifest(self.body(digest))

    def image_size(self, digest: str) -> int:
        """Give the bytes of a manifest with all that it needs and a registry holds."""
        body = self.body(digest)
        document = parse_manifest(body)
        parts = [child(document, "config"), *objects(document, "layers")]
        own = sum(int(number(part, "size")) for part in parts if find(part, "urls") is None)
        others = [text(entry, "digest") for entry in objects(document, "manifests")]
        known = [other for other in others if self._path(other).exists()]
        return len(body) + own + sum(map(self.image_size, known))

    def tags_of(self, repository: str, digest: str) -> list[str]:
        """Give the tags that lead to a manifest."""
        return [tag for tag, held in self.tags(repository).items() if held.digest == digest]

    def repositories(self) -> list[str]:
        """Name the repositories that hold anything, sorted."""
        return sorted(name for name, held in self._manifests.items() if held)

    def tags(self, repository: str) -> Mapping[str, Held]:
        """Give the tags of a repository."""
        return self._tags.get(repository, {})

    def manifests(self, repository: str) -> Mapping[str, Held]:
        """Give the manifests of a repository by their digests, those without a tag too."""
        return self._manifests.get(repository, {})

    def referrers_of(self, repository: str, digest: str) -> list[JsonObject]:
        """Describe the manifests whose subject is a manifest, which need not be there."""
        return [
            self._descriptor(change)
            for change in self._referrers.get((repository, digest), {}).values()
            if change.digest in self.manifests(repository)
        ]

    def put(
        self,
        repository: str,
        reference: str,
        media_type: str,
        body: bytes,
        platform: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        """Keep a manifest and give its digest."""
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        self._path(digest).write_bytes(body)
        known = self.manifests if is_digest(reference) else self.tags
        held = known(repository).get(reference)
        if held is None or held.digest != digest:
            subject = subject_of(body)
            self._append(
                ManifestChange(
                    repository, reference, media_type, digest, subject, _now(), **platform
                )
            )
        return digest

    def delete(self, repository: str, reference: str) -> None:
        """Forget a tag or a manifest."""
        self._append(ManifestChange(repository, reference, time=_now()))

    def _path(self, digest: str) -> Path:
        return self._directory / digest.replace(":", "-")

    def _descriptor(self, change: ManifestChange) -> JsonObject:
        body = self.body(change.digest)
        document = parse_manifest(body)
        kind = text(document, "artifactType") or text(document, "config", "mediaType")
        notes = child(document, "annotations")
        return {
            "mediaType": change.media_type,
            "digest": change.digest,
            "size": len(body),
            **({"artifactType": kind} if kind else {}),
            **({"annotations": notes} if notes else {}),
        }

    def _append(self, change: ManifestChange) -> None:
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(change)) + "\n")
        self._note(change)

    def _note(self, change: ManifestChange) -> None:
        tags = self._tags.setdefault(change.repository, {})
        manifests = self._manifests.setdefault(change.repository, {})
        if change.digest:
            made = Held(
                change.digest,
                change.media_type,
                change.time,
                change.time,
                change.architecture,
                change.os,
            )
            manifests.setdefault(change.digest, made)
            if not is_digest(change.reference):
                created = tags.get(change.reference, made).created
                tags[change.reference] = replace(made, created=created)
            if change.subject:
                subject = change.repository, change.subject
                self._referrers.setdefault(subject, {})[change.digest] = change
        else:
            (manifests if is_digest(change.reference) else tags).pop(change.reference, None)


def is_digest(reference: str) -> bool:
    """Tell a digest from a tag."""
    return _DIGEST.fullmatch(reference) is not None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_manifest(body: bytes) -> JsonObject:
    """Read a manifest; what is none reads as empty."""
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def subject_of(body: bytes) -> str:
    """Give the digest of the manifest that a manifest refers to, or ""."""
    return text(parse_manifest(body), "subject", "digest")
