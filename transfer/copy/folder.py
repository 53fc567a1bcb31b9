"""A folder that carries blobs over a disk: the blobs as files, and `transfer.json` about them."""

import hashlib
import shlex
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Literal, Self

import pydantic

from components.model.contract import RunPart
from transfer.copy.blobs import BlobFacts, md5_of_hex
from transfer.errors import WrongUseError

MANIFEST = "transfer.json"


class FolderBlob(pydantic.BaseModel):
    """A blob of the folder, and the export that it came from."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    name: str
    length: int = pydantic.Field(ge=0)
    md5: str
    run: str
    artifacts: tuple[str, ...]

    @pydantic.field_validator("name")
    @classmethod
    def _stays_inside(cls, name: str) -> str:
        path = PurePosixPath(name)
        if not name or path.is_absolute() or ".." in path.parts or "\\" in name:
            raise ValueError("a blob's name is a relative path without '..'")
        return name


class FolderManifest(pydantic.BaseModel):
    """What the folder holds."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    blobs: tuple[FolderBlob, ...]

    @classmethod
    def of(cls, runs: Iterable[RunPart], facts: dict[str, BlobFacts]) -> Self:
        """Describe the blobs of runs."""
        return cls(
            blobs=tuple(
                FolderBlob(
                    name=run.blob,
                    length=facts[run.blob].length,
                    md5=facts[run.blob].md5,
                    run=run.name,
                    artifacts=run.artifacts,
                )
                for run in runs
            )
        )

    def write(self, folder: Path) -> None:
        """Write the manifest; it comes last, so that a folder that has one is complete."""
        text = self.model_dump_json(indent=2) + "\n"
        (folder / MANIFEST).write_text(text, encoding="utf-8")


def read_manifest(folder: Path) -> FolderManifest:
    """Read the manifest of a folder.

    Raises:
        WrongUseError: there is none that can be used.
    """
    path = folder / MANIFEST
    again = (
        f"Fill it on the source's side: acr-transfer copy --to-folder {shlex.quote(str(folder))}"
    )
    try:
        return FolderManifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise WrongUseError(
            f"folder {str(folder)!r} is not usable: it has no readable {MANIFEST} "
            f"({error.strerror}), which a finished copy writes last. {again}"
        ) from error
    except pydantic.ValidationError as error:
        places = ", ".join(".".join(map(str, item["loc"])) or "JSON" for item in error.errors())
        raise WrongUseError(f"{str(path)!r} is not valid at: {places}. {again}") from error


def has_file(folder: Path, name: str, length: int, md5: str) -> bool:
    """Whether the folder holds a blob as a file, whole and unchanged."""
    path = folder / name
    return path.is_file() and path.stat().st_size == length and _md5(path) == md5


def damaged_files(folder: Path, manifest: FolderManifest) -> list[str]:
    """Name the blobs whose files are missing, or not as the manifest tells."""
    return [
        blob.name
        for blob in manifest.blobs
        if not has_file(folder, blob.name, blob.length, blob.md5)
    ]


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    return md5_of_hex(digest.hexdigest())
