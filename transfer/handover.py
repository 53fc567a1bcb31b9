"""Write the hand-over file of a source that is up, and read one that was brought here."""

from pathlib import Path

from components.model.artifacts import parse_artifact
from components.model.contract import SourceContract
from components.model.errors import HandOverError
from components.model.handover import HandOver, read_hand_over, write_hand_over
from transfer.errors import CommandFailedError, WrongUseError
from transfer.hints import Hint, Pulumi
from transfer.parallel import OnDone, for_each
from transfer.registry.client import Registry

# Its name in a folder that carries blobs too.
HAND_OVER = "handover.json"


def make_hand_over(contract: SourceContract, registry: Registry, on_done: OnDone) -> HandOver:
    """Put the digests that the source registry has now beside the contract.

    Raises:
        CommandFailedError: the registry does not hold all that was exported any more.
    """
    artifacts = [artifact for run in contract.runs for artifact in run.artifacts]
    digests = for_each(artifacts, lambda text: registry.digest(parse_artifact(text)), on_done)
    gone = [text for text, digest in zip(artifacts, digests, strict=True) if not digest]
    if gone:
        raise CommandFailedError(
            f"registry {registry.host} no longer holds {', '.join(gone)}, so that what arrives of "
            "it could not be verified.",
            Hint(
                "Take it off the list of images, or push it again; then:",
                (Pulumi("source", ("up",)),),
            ),
        )
    return HandOver(contract, dict(zip(artifacts, digests, strict=True)))


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
