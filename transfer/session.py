"""One call of the command: the stacks, the clouds and the registries that it works with."""

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import httpx

from components.model.contract import RunPart, SourceContract, TargetContract
from components.model.handover import HandOver
from components.model.names import Side
from transfer.advice import next_steps, next_steps_of_file, rerun
from transfer.arrival import wait_for_arrival
from transfer.azure.cloud import AzureCloud, Cloud
from transfer.azure.cloud_access import Access, SignIns, import_sign_in
from transfer.azure.endpoints import trusted_authorities
from transfer.before_export import BeforeExport, require_good_images
from transfer.clock import Clock
from transfer.console import Console
from transfer.copy.blobs import OpenTransport, open_transport
from transfer.copy.carrier import Carrier, CopyReport
from transfer.engine import find_engine
from transfer.errors import WrongUseError
from transfer.handover import HAND_OVER, load, make_hand_over, save
from transfer.originals import HandOverOriginals, Originals, RegistryOriginals
from transfer.parallel import Once, for_each
from transfer.patience import RequestLimits
from transfer.preflight import require_good_settings
from transfer.registry.client import Registry
from transfer.stack_names import beside, is_same_stack, project_name
from transfer.stacks import PulumiStack, Stack
from transfer.verify import Verification, verify
from transfer.whole_transfer import Tools, Transfer

# With the clients of Azure's management, which only a check and a copy need.
if TYPE_CHECKING:
    from transfer.check.findings import Report
    from transfer.check.read.reader import Reader

_HTTP_TIMEOUT_SECONDS = 60
_DEFAULT_SOURCE = "source"
OpenStack = Callable[[str], Stack]
Connect = Callable[[Side, Stack], Cloud]
OpenReader = Callable[[Side, Stack], "Reader"]


@dataclass(frozen=True)
class Network:
    """How registries and storage are reached."""

    http: httpx.Client
    open_transport: OpenTransport


class Session:
    """What the commands do, with everything foreign handed in."""

    def __init__(
        self,
        open_stack: OpenStack,
        connect_cloud: Connect,
        open_reader: OpenReader,
        network: Network,
        console: Console,
        clock: Clock,
        environment: Mapping[str, str],
        directory: Path = Path(),
    ) -> None:
        # Kept, so that each stack is read once and each side signs in once.
        self._open_stack = cache(open_stack)
        # A command that changes a stack reads it by itself.
        self._outputs: Once[str, dict[str, object]] = Once(
            lambda name: self._open_stack(name).outputs()
        )
        self._cloud = cache(lambda side, name: connect_cloud(side, self._open_stack(name)))
        self._open_reader = open_reader
        self._network = network
        self._clock = clock
        self._environment = environment
        self._directory = directory
        self.console = console

    def run(self, source: str, target: str, timeout_seconds: float) -> Verification:
        """Do a whole transfer."""
        here, there = self._open_stack(source), self._open_stack(target)
        stacks: dict[Side, Stack] = {"source": here, "target": there}
        configured = require_good_settings(stacks, self._directory, self._environment)
        with self.console.step("look at the images"):
            require_good_images(
                BeforeExport(stacks, configured, self._registry, self._open_reader, self.console)
            )

        def compare(exported: SourceContract, imported: TargetContract) -> Verification:
            server = exported.registry.login_server
            originals = RegistryOriginals(self._registry("source", source, server))
            return self._await_arrival(exported, originals, target, imported, 0)

        tools = Tools(
            source=here,
            target=there,
            clouds={
                "source": self._cloud("source", source),
                "target": self._cloud("target", target),
            },
            carrier=self._carrier(source=source, target=target),
            verify=compare,
            console=self.console,
            clock=self._clock,
            timeout_seconds=timeout_seconds,
        )
        return Transfer(tools).run()

    def check(self, source: str, target: str) -> "Report":
        """Look for what a transfer would fail at; nothing is changed in Azure."""
        from transfer.check.facts import PairFacts
        from transfer.check.gather import Gatherer
        from transfer.check.judge import judge
        from transfer.check.read.images import read_images

        stacks: dict[Side, Stack] = {
            "source": self._open_stack(source),
            "target": self._open_stack(target),
        }
        with self.console.step("check"):
            configured = require_good_settings(stacks, self._directory, self._environment)
            facts = {}
            for side, stack in stacks.items():
                gatherer = Gatherer(self._open_reader(side, stack), self._cloud(side, stack.name))
                facts[side] = gatherer.side(side, stack, configured[side])
            here, there = facts["source"], facts["target"]
            images = read_images(here, there, self._registry, self._on_compared)
            return judge(PairFacts(here, there, self._clock.now(), images))

    def source_of(self, source: str | None, target: str) -> str:
        """Name the source that a target reads, and refuse another one that was asked for.

        Raises:
            WrongUseError: the target reads another source, or does not name its source.
        """
        guess = source or _DEFAULT_SOURCE
        # What signs in is imported meanwhile, as a registry may ask for it.
        Thread(target=import_sign_in).start()
        for_each((guess, target), self._outputs, lambda *_: None)
        told = TargetContract.from_outputs(target, self._outputs(target)).source_stack
        if not told and not source:
            raise WrongUseError(
                f"stack {target!r} does not name its source: it was told of it by a hand-over file "
                "or by another program. Name the file by --source-file, or the stack by --source."
            )
        if not told:
            return guess
        named = beside(target, told)
        if is_same_stack(guess, named, project_name(self._directory)):
            return guess
        if not source:
            return named
        raise WrongUseError(
            f"--source {source!r} is not valid: stack {target!r} reads its images from "
            f"{named!r}, so what arrived there can be compared with that source alone. Write "
            f"--source {named}, or leave the option out of acr-transfer verify."
        )

    def copy(self, source: str, target: str) -> CopyReport:
        """Copy the blobs of the source's runs from cloud to cloud."""
        with self.console.step("copy"):
            here, there = self._both(source, target)
            carrier = self._carrier(source=source, target=target)
            return carrier.between_clouds(here, there, here.runs)

    def copy_to_folder(self, source: str, folder: Path) -> CopyReport:
        """Download the blobs of the source's runs, with a hand-over file; no target is needed."""
        with self.console.step("copy"):
            here = self._source(source)
            # Before the blobs, whose description comes last and tells that the folder is complete.
            save(folder / HAND_OVER, self._make_hand_over(source, here))
            return self._carrier(source=source).to_folder(here, here.runs, folder)

    def copy_from_folder(self, target: str, folder: Path) -> CopyReport:
        """Upload what a folder holds; no source is needed."""
        with self.console.step("copy"):
            return self._carrier(target=target).from_folder(self._target(target), folder)

    def hand_over(self, source: str, file: Path) -> HandOver:
        """Write the file by which a target works that cannot reach the source."""
        with self.console.step("hand-over"):
            made = self._make_hand_over(source, self._source(source))
            save(file, made)
            return made

    def verify(self, source: str | None, target: str, wait_seconds: float = 0) -> Verification:
        """Compare the target registry with its source's, again until all arrived or time is up."""
        with self.console.step("verify"):
            name = self.source_of(source, target)
            here, there = self._both(name, target)
            originals = RegistryOriginals(
                self._registry("source", name, here.registry.login_server)
            )
            return self._await_arrival(here, originals, target, there, wait_seconds)

    def verify_file(self, file: Path, target: str, wait_seconds: float = 0) -> Verification:
        """Compare the target registry with a hand-over file; the source is not reached."""
        with self.console.step("verify"):
            given = load(file)
            return self._await_arrival(
                given.contract,
                HandOverOriginals(given),
                target,
                self._target(target),
                wait_seconds,
            )

    def next_steps(
        self, found: Verification, source: str, target: str, *, is_after_run: bool
    ) -> list[str]:
        """Say what a verification means, and in the last line what to type next."""
        stacks = (self._open_stack(source), self._open_stack(target))
        return next_steps(found, *stacks, is_after_run=is_after_run)

    def next_steps_of_file(
        self, found: Verification, file: Path, target: str, *, has_waited: bool
    ) -> list[str]:
        """Say the same where a hand-over file stands in for the source."""
        return next_steps_of_file(found, file, target, has_waited=has_waited)

    def _await_arrival(
        self,
        source: SourceContract,
        originals: Originals,
        target_name: str,
        target: TargetContract,
        wait_seconds: float,
    ) -> Verification:
        registry = self._registry("target", target_name, target.registry.login_server)

        def compare(runs: Sequence[RunPart]) -> Verification:
            registry.look_anew()
            return verify(runs, originals, registry, self._on_compared)

        return wait_for_arrival(
            source.runs,
            compare,
            wait_seconds,
            self.console,
            self._clock,
        )

    def _make_hand_over(self, name: str, source: SourceContract) -> HandOver:
        registry = self._registry("source", name, source.registry.login_server)
        return make_hand_over(source, registry, f"pulumi up -s {name}", self._on_compared)

    def _on_compared(self, done: int, total: int) -> None:
        self.console.status(f"{done} of {total} artifacts looked at", done / total)

    def _registry(self, side: Side, name: str, login_server: str) -> Registry:
        return Registry(
            login_server,
            self._network.http,
            lambda: self._cloud(side, name).registry_token(),
            self._environment,
            f"{side} side, stack {name!r}",
            self.console.line,
        )

    def _carrier(self, *, source: str = "", target: str = "") -> Carrier:
        names: dict[Side, str] = {"source": source, "target": target}

        def export_again() -> str:
            return f"{rerun(self._open_stack(source))} && pulumi up -s {source}"

        return Carrier(
            lambda side: self._cloud(side, names[side]),
            self._network.open_transport,
            self.console,
            self._clock,
            export_again=export_again,
        )

    def _both(self, source: str, target: str) -> tuple[SourceContract, TargetContract]:
        source = self.source_of(source, target)
        here, there = self._outputs(source), self._outputs(target)
        return SourceContract.from_outputs(source, here), TargetContract.from_outputs(target, there)

    def _source(self, name: str) -> SourceContract:
        return SourceContract.from_outputs(name, self._outputs(name))

    def _target(self, name: str) -> TargetContract:
        return TargetContract.from_outputs(name, self._outputs(name))


def open_session(directory: Path, environment: Mapping[str, str], *, as_json: bool) -> Session:
    """Give a session on the real engine and the clouds that stacks and environment name.

    With a report in JSON, what is shown meanwhile goes to stderr.

    Raises:
        WrongUseError: the directory is in no Pulumi project.
        CommandFailedError: there is no engine.
    """
    _require_project(directory)
    # The Azure clients log what their errors say again; without a handler that lands on stderr.
    logging.getLogger("azure").addHandler(logging.NullHandler())
    # httpx writes each address that it asks, with the SAS in it.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    console = Console(sys.stderr if as_json else sys.stdout)
    engine = find_engine()
    sign_ins = SignIns(environment)
    clock = Clock()
    http = httpx.Client(
        verify=trusted_authorities(environment),
        timeout=_HTTP_TIMEOUT_SECONDS,
        event_hooks={"request": [RequestLimits(clock).wait]},
    )
    return Session(
        open_stack=lambda name: PulumiStack(name, directory, engine, console),
        connect_cloud=lambda side, stack: AzureCloud(sign_ins.access(side, stack), clock),
        open_reader=lambda side, stack: _open_reader(sign_ins.access(side, stack)),
        network=Network(http, partial(open_transport, environment)),
        console=console,
        clock=clock,
        environment=environment,
        directory=directory,
    )


def _open_reader(access: Access) -> "Reader":
    from transfer.check.read.reader import AzureReader

    return AzureReader(access)


def _require_project(directory: Path) -> None:
    folder = directory.resolve()
    if not any((place / "Pulumi.yaml").is_file() for place in (folder, *folder.parents)):
        raise WrongUseError(
            f"directory {str(directory)!r} is not valid: neither it nor one above it holds a "
            "Pulumi.yaml. Change into the project's directory, or name it by --dir."
        )
