"""Compares the lock with the stacks: what the source has exported, and what the target holds."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Thread

from components.model.contract import OUTPUT_NAME, SourceContract, TargetContract
from components.model.errors import ContractError
from components.model.images_lock import ImagesLock
from components.model.names import Side, batch_of_blob
from components.model.place_changes import cost_of_change, is_made_again
from components.model.resource_ids import ResourceId, subscription_of
from components.model.settings import SourceSettings
from transfer.azure.cloud_access import import_sign_in
from transfer.console import Console
from transfer.contracts import read_contract
from transfer.diff.compare import Earlier, TargetTags, compare
from transfer.diff.record import Diff
from transfer.diff.stack_settings import LockOfStack, may_overwrite, read_lock_of_stack
from transfer.errors import CommandFailedError
from transfer.kept_place import kept_place, wanted_place
from transfer.made_runs import made_runs
from transfer.pair import Pair
from transfer.parallel import OnDone, for_each
from transfer.redaction import redact
from transfer.registry.client import Registry
from transfer.stack_names import other_source
from transfer.stacks import MadeResource, Stack

_STACK_TYPE = "pulumi:pulumi:Stack"
OpenRegistry = Callable[[Side, str], Registry]


def diff_of_stacks(
    pair: Pair,
    open_stack: Callable[[Side], Stack],
    open_registry: OpenRegistry,
    console: Console,
) -> Diff:
    """Compare the source's lock with what it has exported, and with the target if it can be read.

    Raises:
        TransferError: there is no usable lock, or the source stack cannot be read.
    """
    wanted = read_lock_of_stack(pair.source, pair.directory)
    # While the engine starts: a registry may ask for it.
    Thread(target=import_sign_in).start()
    source, target = open_stack("source"), open_stack("target")

    with ThreadPoolExecutor(1) as pool:
        # Each is a start of the engine.
        outputs = pool.submit(target.outputs)
        earlier = exported_earlier(wanted, source, source.resources())
    tags = None
    try:
        told = TargetContract.from_outputs(target.name, outputs.result())
        _require_same_source(pair, told)
        registry = open_registry("target", told.registry.login_server)
        tags = read_target(wanted.lock, registry, _telling(console))
    except (ContractError, CommandFailedError) as error:
        earlier = _without_target(earlier, target.name, error)
    overwrites = may_overwrite(pair.target, pair.directory)
    return compare(wanted.lock, earlier, tags, may_overwrite=overwrites)


def exported_earlier(wanted: LockOfStack, stack: Stack, made: Sequence[MadeResource]) -> Earlier:
    """Tell what a source stack has exported, by its contract and the runs in its state."""
    name = f"what stack {stack.name!r} has exported"
    outputs = next((item.outputs for item in made if item.type == _STACK_TYPE), {})
    told = outputs.get(OUTPUT_NAME)
    if not isinstance(told, Mapping) or not told.get("runs"):
        note = f"Stack {stack.name!r} has exported nothing yet, so everything is new."
        return Earlier(name, notes=(note,))
    contract = read_contract(SourceContract, "source", stack, outputs)
    digests = {
        artifact: run.digests.get(artifact, "")
        for run in contract.runs
        for artifact in run.artifacts
    }
    known = frozenset(batch_of_blob(run.blob) for run in contract.runs)
    registry = ResourceId(contract.registry.id).name
    if registry.lower() != wanted.lock.registry.lower():
        note = f"Stack {stack.name!r} has exported from registry {registry!r}, so all is new."
        return Earlier(name, known=known, notes=(note,))
    if move := _move(wanted.settings, kept_place("source", made)):
        return Earlier(name, digests, known=known, notes=(move,))
    attempts = wanted.attempts
    runs = [run for run in made_runs(made) if run.tag in attempts]
    notes = [
        f"The run of batch {attempts[run.tag]} has failed, and is not repeated by itself. Once its "
        f"cause is mended: acr-transfer lock --renew {attempts[run.tag]}"
        for run in runs
        if run.has_failed
    ]
    if not any(digests.values()):
        notes.append(
            f"Stack {stack.name!r} was exported from a plain list, which records no digests: "
            "with a lock, everything is exported once more."
        )
    return Earlier(name, digests, frozenset(attempts[run.tag] for run in runs), known, tuple(notes))


def _move(settings: SourceSettings, stands: Mapping[str, object]) -> str:
    """Say that the settings have another place, so that all is exported again; "" if not."""
    if not stands:
        return ""
    wanted = {**stands, **wanted_place(settings, subscription_of(str(stands["registry"])))}
    return cost_of_change("source", stands, wanted) if is_made_again(stands, wanted) else ""


def read_target(lock: ImagesLock, registry: Registry, on_done: OnDone) -> TargetTags:
    """Read what the target holds in the repositories of a lock."""
    locked = [line.artifact for line in lock.artifacts]
    named = {str(artifact) for artifact in locked}
    repositories = sorted({artifact.repository for artifact in locked})
    lists = for_each(repositories, registry.tags, lambda *_: None)
    there = [
        f"{repository}:{tag}"
        for repository, tags in zip(repositories, lists, strict=True)
        for tag in tags
    ]
    present = set(there)
    asked = [artifact for artifact in locked if str(artifact) in present]
    digests = for_each(asked, registry.digest, on_done)
    return TargetTags(
        dict(zip(map(str, asked), digests, strict=True)),
        tuple(item for item in there if item not in named),
    )


def _require_same_source(pair: Pair, target: TargetContract) -> None:
    told = target.source_stack
    named = told and other_source(pair.source, pair.target, told, pair.directory)
    if named:
        raise CommandFailedError(f"it reads its images from stack {named!r}")


def _without_target(
    earlier: Earlier, stack: str, error: ContractError | CommandFailedError
) -> Earlier:
    reason = redact(error.reason if isinstance(error, ContractError) else error.message)
    end = "" if reason.endswith((".", "?")) else "."
    note = f"What the target holds is not known, stack {stack!r}: {reason}{end}"
    return replace(earlier, notes=(*earlier.notes, note))


def _telling(console: Console) -> OnDone:
    return lambda done, total: console.status(f"{done} of {total} tags looked at", done / total)
