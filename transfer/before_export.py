"""The look at the images before a transfer exports them, so that a bad one ends it first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from components.model.artifacts import Artifact
from components.model.names import Side
from components.model.settings import SourceSettings, TargetSettings
from transfer.azure.az_account import AzAccount, subscription_of
from transfer.clock import Clock
from transfer.console import Console
from transfer.errors import CommandFailedError
from transfer.hints import Hint, Lock
from transfer.images import ListedImage, look_at_images
from transfer.made_runs import login_server, made_runs, wanted_tags
from transfer.preflight import Configured
from transfer.registry.client import Registry
from transfer.stack_file import file_name
from transfer.stacks import MadeResource, Stack

# With the clients of Azure's management, which are not needed where nothing is exported.
if TYPE_CHECKING:
    from transfer.check.read.reader import Reader

_REVIEW = "Lock what they hold now, look at what has changed in the lock, and go on:"


@dataclass(frozen=True)
class BeforeExport:
    """What is known before a transfer begins, and the ways into Azure and registries."""

    directory: Path
    """Of the Pulumi project, or in it."""
    stacks: Mapping[Side, Stack]
    made: Mapping[Side, Sequence[MadeResource]]
    """What the stacks have made so far."""
    configured: Mapping[Side, Configured]
    open_registry: Callable[[Side, str], Registry]
    """Opens a registry by side and login server."""
    open_reader: "Callable[[Side, Stack], Reader]"
    console: Console
    clock: Clock
    read_az: Callable[[], AzAccount | None]
    """Tells the account of `az login`, if there is one."""


def require_good_images(here: BeforeExport) -> None:
    """Refuse images of which it is known that their export or import fails.

    Only what the next `pulumi up` of the source exports is looked at.

    Raises:
        CommandFailedError: it names all of them; nothing was exported.
    """
    source = cast(SourceSettings, here.configured["source"].settings)
    images = _images_to_export(source, here.made["source"])
    if not images:
        return
    try:
        looked = _look(here, images)
    except CommandFailedError as error:
        here.console.line(f"  the images could not be looked at: {error.message}")
        return
    failures, moved = _failures(looked, here), _moved(looked, source)
    said = []
    if failures:
        said += ["Nothing was exported, as a transfer of the list would fail:", *failures]
    if moved:
        said += ["Nothing was exported, as tags have moved since the lock was written:", *moved]
    if said:
        words = "Mend it, then:" if failures else _REVIEW
        raise CommandFailedError("\n".join(said), Hint(words, (Lock(),) if moved else ()))


def _moved(images: tuple[ListedImage, ...], source: SourceSettings) -> list[str]:
    """Name the tags that hold other content than the lock says; an export reads what they hold."""
    locked = {text: digest for batch in source.batches for text, digest in batch.digests.items()}
    return [
        f"{image.artifact}: the lock says {locked[str(image.artifact)]}, the source registry has "
        f"{image.found.digest}."
        for image in images
        if image.found and locked.get(str(image.artifact), image.found.digest) != image.found.digest
    ]


def _images_to_export(source: SourceSettings, made: Sequence[MadeResource]) -> list[Artifact]:
    exported = {run.tag for run in made_runs(made) if not run.has_failed}
    wanted = wanted_tags(source).items()
    return [artifact for tag, artifacts in wanted if tag not in exported for artifact in artifacts]


def _look(here: BeforeExport, images: list[Artifact]) -> tuple[ListedImage, ...]:
    """Look at images; at none where the source registry is not there, or not known."""
    registries = []
    for side in here.stacks:
        server = find_server(here, side)
        registries.append(here.open_registry(side, server) if server else None)
    source, target = registries
    if source is None:
        return ()

    def on_done(done: int, total: int) -> None:
        here.console.status(f"{done} of {total} images looked at", done / total)

    return look_at_images(images, source, target, on_done)


def find_server(here: BeforeExport, side: Side) -> str:
    """Find the login server of a side's registry: in its stack, else by Azure; empty elsewhere."""
    return login_server(here.made[side]) or _ask_for_server(here, side)


def _ask_for_server(here: BeforeExport, side: Side) -> str:
    """Ask Azure for the login server of a registry; empty where that is not told."""
    from transfer.check.facts import RegistryFacts
    from transfer.check.gather import id_of_registry

    configured = here.configured[side]
    # az takes a second, and is not asked where a subscription is named.
    subscription = configured.sign_in.subscription or subscription_of(
        configured.sign_in, here.read_az()
    )
    if not subscription:
        return ""
    registry_id = id_of_registry(configured.settings, subscription)
    found = here.open_reader(side, here.stacks[side]).registry(registry_id)
    return found.login_server if isinstance(found, RegistryFacts) else ""


def _failures(images: tuple[ListedImage, ...], here: BeforeExport) -> list[str]:
    from transfer.check.findings import Level
    from transfer.check.rules.images import judge_images

    target = cast(TargetSettings, here.configured["target"].settings)
    findings = judge_images(
        images,
        may_overwrite="OverwriteTags" in target.options,
        target_file=file_name(here.stacks["target"].name),
    )
    return [
        f"{finding.what}. {finding.why} {finding.fix}"
        for finding in findings
        if finding.level is Level.FAILS
    ]
