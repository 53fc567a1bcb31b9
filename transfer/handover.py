"""Write the hand-over file of a source that is up, and read one that was brought here."""

from dataclasses import dataclass
from pathlib import Path

from components.model.artifacts import Artifact, parse_artifact
from components.model.contract import SourceContract
from components.model.errors import HandOverError
from components.model.handover import HandOver, read_hand_over, write_hand_over
from transfer.errors import CommandFailedError, WrongUseError
from transfer.hints import Hint, Pulumi
from transfer.inspection import inspect
from transfer.originals import RegistryOriginals
from transfer.parallel import OnDone, for_each
from transfer.registry.client import Registry

# Its name in a folder that carries blobs too.
HAND_OVER = "handover.json"


def make_hand_over(contract: SourceContract, registry: Registry, on_done: OnDone) -> HandOver:
    """Put beside the contract what the source registry has now of each artifact.

    Of what is locked it has the lock's digest, and the registry is not asked: the lock names what
    refers to it, and nothing is exported of which the registry lacks a part.

    Raises:
        CommandFailedError: the registry does not hold all that was exported any more.
    """
    locked = {text: digest for run in contract.runs for text, digest in run.digests.items()}
    listed = [artifact for run in contract.runs for artifact in run.artifacts]
    artifacts = [artifact for artifact in listed if artifact not in locked]
    originals = RegistryOriginals(registry)
    looks = for_each(
        artifacts, lambda text: _look(parse_artifact(text), registry, originals), on_done
    )
    found = dict(zip(artifacts, looks, strict=True))
    gone = [text for text, look in found.items() if look is None]
    if gone:
        raise CommandFailedError(
            f"registry {registry.host} no longer holds {', '.join(gone)}, so that what arrives of "
            "it could not be verified.",
            Hint(
                "Take it off the list of images, or push it again; then:",
                (Pulumi("source", ("up",)),),
            ),
        )
    there = {text: look for text, look in found.items() if look is not None}
    return HandOver(
        contract,
        digests=locked | {text: look.digest for text, look in there.items()},
        lacking={text: look.lacking for text, look in there.items() if look.lacking},
        referrers={text: look.referrers for text, look in there.items() if look.referrers},
    )


@dataclass(frozen=True)
class _Look:
    digest: str
    lacking: tuple[str, ...]
    referrers: tuple[str, ...]


def _look(artifact: Artifact, registry: Registry, originals: RegistryOriginals) -> _Look | None:
    manifest = registry.manifest(artifact.repository, artifact.reference)
    if manifest is None:
        return None
    found = inspect(registry, artifact.repository, manifest)
    return _Look(
        found.digest,
        tuple(part.digest for part in found.lacking),
        tuple(originals.referrers(artifact, found.manifests)),
    )


def save(file: Path, hand_over: HandOver) -> None:
    """Write the file; folders on the way to it are made.

    Raises:
        WrongUseError: it cannot be written there.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_hand_over(file, hand_over)
    except OSError as error:
        raise WrongUseError(
            f"hand-over file {str(file)!r} is not valid: it cannot be written ({error.strerror}). "
            "Name a file in a folder that can be written to."
        ) from error


def load(file: Path) -> HandOver:
    """Read a file that a person named.

    Raises:
        WrongUseError: it cannot be used.
    """
    try:
        return read_hand_over(file)
    except HandOverError as error:
        raise WrongUseError(str(error)) from error
