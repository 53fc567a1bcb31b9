"""Keeps a registry's manifests on disk, for the registry beneath holds them in memory only."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from emulator.values import JsonObject, text

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


class ManifestJournal:
    """Every change in its order, which is the order in which they can be done again."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory = directory
        self._file = directory / "journal.jsonl"
        self._references: dict[tuple[str, str], str] = {}
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
        return (self._directory / digest.replace(":", "-")).read_bytes()

    def tags_of(self, repository: str, digest: str) -> list[str]:
        """Give the tags that lead to a manifest."""
        return [
            reference
            for (name, reference), held in self._references.items()
            if name == repository and held == digest and not is_digest(reference)
        ]

    def referrers_of(self, repository: str, digest: str) -> list[JsonObject]:
        """Describe the manifests whose subject is a manifest, which need not be there."""
        return [
            {
                "mediaType": change.media_type,
                "digest": change.digest,
                "size": len(self.body(change.digest)),
            }
            for change in self._referrers.get((repository, digest), {}).values()
            if self._is_held(repository, change.digest)
        ]

    def put(self, repository: str, reference: str, media_type: str, body: bytes) -> str:
        """Keep a manifest and give its digest."""
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        (self._directory / digest.replace(":", "-")).write_bytes(body)
        if self._references.get((repository, reference)) != digest:
            change = ManifestChange(repository, reference, media_type, digest, _subject(body))
            self._append(change)
        return digest

    def delete(self, repository: str, reference: str) -> None:
        """Forget a tag or a manifest."""
        self._append(ManifestChange(repository, reference))

    def _is_held(self, repository: str, digest: str) -> bool:
        return any(
            held == digest for (name, _), held in self._references.items() if name == repository
        )

    def _append(self, change: ManifestChange) -> None:
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(change)) + "\n")
        self._note(change)

    def _note(self, change: ManifestChange) -> None:
        if change.digest:
            self._references[change.repository, change.reference] = change.digest
            if change.subject:
                subject = change.repository, change.subject
                self._referrers.setdefault(subject, {})[change.digest] = change
        else:
            self._references.pop((change.repository, change.reference), None)


def is_digest(reference: str) -> bool:
    """Tell a digest from a tag."""
    return _DIGEST.fullmatch(reference) is not None


def _subject(body: bytes) -> str:
    try:
        return text(json.loads(body), "subject", "digest")
    except ValueError:
        return ""
