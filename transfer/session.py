"""One call of the command: the stacks, the clouds and the registries that it works with."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, cast

import httpx

from components.model.configuration import shared_configuration
from components.model.contract import RunPart, SourceContract, TargetContract
from components.model.errors import TransferError
from components.model.handover import HandOver
from components.model.names import SIDES, Side
from components.model.settings import TargetSettings
from transfer.arrival import wait_for_arrival
from transfer.azure.az_account import describe, read_az_account
from transfer.azure.cloud import Cloud
from transfer.azure.cloud_access import import_sign_in
from transfer.before_export import BeforeExport, require_good_images
from transfer.clock import Clock
from transfer.console import Console
from transfer.contracts import read_contract
from transfer.copy.blobs import OpenTransport
from transfer.copy.carrier import Carrier, CopyReport
from transfer.copy.needed import needed_runs
from transfer.handover import HAND_OVER, load, make_hand_over, save
from transfer.hints import Command, Hint
from transfer.left_undone import Transferred
from transfer.originals import HandOverOriginals, LockedOriginals, Originals, RegistryOriginals
from transfer.pair import Pair
from transfer.parallel import for_each
from transfer.preflight import Configured, require_good_settings, require_reachable_source
from transfer.registry.client import Registry
from transfer.stack_file import program_directory
from transfer.stack_names import source_read_by
from transfer.stacks import Stack
from transfer.verify import Verification, verify
from transfer.whole_transfer import Tools, Transfer

# With the clients of Azure's management, which only a check and a copy need.
if TYPE_CHECKING:
    from transfer.check.findings import Report
    from transfer.check.read.reader import Reader
    from transfer.diff.record import Diff

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
        pair: Pair,
        open_stack: OpenStack,
        connect_cloud: Connect,
        open_reader: OpenReader,
        network: Network,
        console: Console,
        clock: Clock,
        environment: Mapping[str, str],
    ) -> None:
        self.pair = pair
        # Kept, so that each stack is read once and each side signs in once.
        self._open_stack = cache(open_stack)
        self._cloud: Callable[[Side], Cloud] = cache(
            lambda side: connect_cloud(side, self._stack(side))
        )
        self._open_reader = open_reader
        self._network = network
        self._clock = clock
        self._environment = environment
        self.console = console

    def before_export(
        self, sides: Sequence[Side] = SIDES, *, reads_images: bool = True
    ) -> BeforeExport:
        """Check the settings, and give what is known before anything is exported.

        Args:
            reads_images: Read the list of images, or its lock, too.
        """
        stacks = {side: self._stack(side) for side in sides}
        # Each look at a stack takes a start of the engine: what was made is read meanwhile.
        with ThreadPoolExecutor() as pool:
            made = {side: pool.submit(stack.resources) for side, stack in stacks.items()}
            configured = self._configured(sides, reads_images=reads_images)
        return BeforeExport(
            self.pair.directory,
            stacks,
            {side: resources.result() for side, resources in made.items()},
            configured,
            self._registry,
            self._open_reader,
            self.console,
            self._clock,
            partial(read_az_account, self._environment),
        )

    def run(self, timeout_seconds: float) -> Transferred:
        """Do a whole transfer."""
        here = self.before_export()
        require_reachable_source(self.pair.target, here.configured["target"])
        with self.console.step("look at the images"):
            require_good_images(here)

        def compare(exported: SourceContract, imported: TargetContract) -> Verification:
            return self._await_arrival(exported, self._originals(exported), imported, 0)

        tools = Tools(
            source=here.stacks["source"],
            target=here.stacks["target"],
            target_settings=cast(TargetSettings, here.configured["target"].settings),
            clouds={side: self._cloud(side) for side in SIDES},
            carrier=self._carrier(),
            verify=compare,
            console=self.console,
            clock=self._clock,
            timeout_seconds=timeout_seconds,
        )
        return Transfer(tools).run()

    def check(self, only: Side | None = None) -> "Report":
        """Look for what a transfer would fail at; nothing is changed in Azure.

        Args:
            only: The side to look at, where the other one is out of reach.
        """
        from transfer.check.facts import PairFacts
        from transfer.check.gather import Gatherer
        from transfer.check.judge import judge, judge_alone
        from transfer.check.read.images import read_images

        with self.console.step("check"):
            az = read_az_account(self._environment)
            facts = {}
            sides = self._configured((only,) if only else SIDES)
            for configured in sides.values():
                self.console.line(describe(configured.sign_in, az))
            for side, configured in sides.items():
                stack = self._stack(side)
                gatherer = Gatherer(self._open_reader(side, stack), self._cloud(side), az)
                facts[side] = gatherer.side(side, stack, configured)
            here, there = facts.get("source"), facts.get("target")
            now = self._clock.now()
            images = read_images(here, there, self._registry, self._on_compared) if here else ()
            if here and there:
                return judge(PairFacts(here, there, now, images))
            return judge_alone(next(iter(facts.values())), now, images)

    def diff(self) -> "Diff":
        """Compare the lock with what the stacks have exported and hold."""
        from transfer.diff.of_stacks import diff_of_stacks

        with self.console.step("diff"):
            return diff_of_stacks(self.pair, self._stack, self._registry, self.console)

    def copy(self) -> CopyReport:
        """Copy the blobs that the target needs from cloud to cloud."""
        with self.console.step("copy"):
            here, there = self._both()
            registry = self._registry("target", there.registry.login_server)
            runs = needed_runs(here.runs, registry, self._on_compared, self.console)
            return self._carrier().between_clouds(here, there, runs)

    def copy_to_folder(self, folder: Path) -> CopyReport:
        """Download the blobs of the source's runs, with a hand-over file; no target is needed."""
        with self.console.step("copy"):
            here = self._source()
            # Before the blobs, whose description comes last and tells that the folder is complete.
            save(folder / HAND_OVER, self._make_hand_over(here))
            return self._carrier().to_folder(here, here.runs, folder)

    def copy_from_folder(self, folder: Path) -> CopyReport:
        """Upload what a folder holds; no source is needed."""
        with self.console.step("copy"):
            return self._carrier().from_folder(self._target(), folder)

    def hand_over(self, file: Path) -> HandOver:
        """Write the file by which a target works that cannot reach the source."""
        with self.console.step("hand-over"):
            made = self._make_hand_over(self._source())
            save(file, made)
            return made

    def verify(
        self, wait_seconds: float = 0, *, follows_target: bool = False, is_deep: bool = False
    ) -> Verification:
        """Compare the target registry with the source's, again until all arrived or time is up.

        Args:
            follows_target: Take the source that the target names, as nobody named another one.
            is_deep: Look for every layer at the target, and not for every manifest alone.
        """
        with self.console.step("verify"):
            here, there = self._both(follows_target=follows_target)
            originals = self._originals(here)
            return self._await_arrival(here, originals, there, wait_seconds, is_deep=is_deep)

    def verify_file(
        self, file: Path, wait_seconds: float = 0, *, is_deep: bool = False
    ) -> Verification:
        """Compare the target registry with a hand-over file; the source is not reached."""
        with self.console.step("verify"):
            given = load(file)
            return self._await_arrival(
                given.contract,
                LockedOriginals(given.contract.runs, HandOverOriginals(given)),
                self._target(),
                wait_seconds,
                is_deep=is_deep,
            )

    def lines(self, hint: Hint, again: Command) -> list[str]:
        """Write a hint for the stacks at hand; `again` is the command that failed."""
        return self.pair.lines(hint, again, self._config, self._shared_config)

    def _config(self, side: Side) -> Mapping[str, str]:
        try:
            return self._stack(side).config()
        except TransferError:
            return {}

    def _shared_config(self, side: Side) -> Mapping[str, str]:
        try:
            program = program_directory(self.pair.directory)
            return shared_configuration(self._config(side), program)
        except TransferError:
            return {}

    def _configured(
        self, sides: Sequence[Side], *, reads_images: bool = True
    ) -> dict[Side, Configured]:
        stacks = {side: self._stack(side) for side in sides}
        return require_good_settings(
            stacks, self.pair.directory, self._environment, reads_images=reads_images
        )

    def _await_arrival(
        self,
        source: SourceContract,
        originals: Originals,
        target: TargetContract,
        wait_seconds: float,
        *,
        is_deep: bool = True,
    ) -> Verification:
        registry = self._registry("target", target.registry.login_server)

        def compare(runs: Sequence[RunPart]) -> Verification:
            registry.look_anew()
            return verify(runs, originals, registry, self._on_compared, is_deep=is_deep)

        return wait_for_arrival(
            source.runs,
            compare,
            wait_seconds,
            self.console,
            self._clock,
        )

    def _make_hand_over(self, source: SourceContract) -> HandOver:
        registry = self._registry("source", source.registry.login_server)
        return make_hand_over(source, registry, self._on_compared)

    def _on_compared(self, done: int, total: int) -> None:
        self.console.status(f"{done} of {total} artifacts looked at", done / total)

    def _originals(self, source: SourceContract) -> Originals:
        registry = self._registry("source", source.registry.login_server)
        return LockedOriginals(source.runs, RegistryOriginals(registry))

    def _stack(self, side: Side) -> Stack:
        return self._open_stack(self.pair.stack(side))

    def _registry(self, side: Side, login_server: str) -> Registry:
        return Registry(
            login_server,
            self._network.http,
            lambda: self._cloud(side).registry_token(),
            self._environment,
            f"{side} side, stack {self.pair.stack(side)!r}",
            self.console.line,
        )

    def _carrier(self) -> Carrier:
        return Carrier(self._cloud, self._network.open_transport, self.console, self._clock)

    def _both(self, *, follows_target: bool = False) -> tuple[SourceContract, TargetContract]:
        """Read both stacks at once, as each takes a start of the engine."""
        # As long as that takes the import of what signs in, if a registry asks for it.
        Thread(target=import_sign_in).start()
        stacks = [self._stack(side) for side in SIDES]
        here, there = for_each(stacks, lambda stack: stack.outputs(), lambda *_: None)
        target = self._target(there)
        named = source_read_by(self.pair, target.source_stack, follows_target=follows_target)
        if named != self.pair.source:
            self.pair = replace(self.pair, source=named)
            here = self._stack("source").outputs()
        return self._source(here), target

    def _source(self, outputs: Mapping[str, object] | None = None) -> SourceContract:
        return read_contract(SourceContract, "source", self._stack("source"), outputs)

    def _target(self, outputs: Mapping[str, object] | None = None) -> TargetContract:
        return read_contract(TargetContract, "target", self._stack("target"), outputs)
