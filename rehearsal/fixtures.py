"""Sets the scene of a pair: what exists before it, artifacts to move, its list and its lock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal.artifacts import StandIns, make_stand_ins
from rehearsal.existing import existing_things
from rehearsal.files import ROLE_WAIT, PairFiles, SideFiles
from rehearsal.owner import Owner
from rehearsal.pair_images import read_images
from rehearsal.push import Pusher
from rehearsal.stage import Stage

_PROVIDER = "azure-native:"


@dataclass(frozen=True)
class Fixture:
    """What the stage has for a pair."""

    images: StandIns
    told: Mapping[str, Mapping[str, object]]
    """What each stack is told of the stage's clouds, by its name."""
    texts: Mapping[Path, str]
    """The list, the lock, and an empty hand-over file, relative to the program."""
    login_servers: tuple[str, ...]
    """Of the source, and of the target where that exists before the program."""
    for_docker: tuple[str, ...]
    """Those of them that take the login of the stage's first tenant."""

    @property
    def artifacts(self) -> tuple[str, ...]:
        """What is transferred, by name."""
        return self.images.names


@dataclass
class Fixtures:
    """Makes what pairs find on a stage; what several pairs name is made once."""

    stage: Stage
    _owners: dict[str, Owner] = field(default_factory=dict)

    def owner(self, side: SideFiles) -> Owner:
        """Give the application that a side signs in as."""
        variables = self.stage.application(side.cloud, side.tenant, side.subscription)
        tenant = variables["ARM_TENANT_ID"]
        if tenant not in self._owners:
            self._owners[tenant] = Owner.of(variables)
        return self._owners[tenant]

    def close(self) -> None:
        """Let go of what is open."""
        for owner in self._owners.values():
            owner.close()

    def set_up(self, pair: PairFiles) -> Fixture:
        """Make what a pair takes as existing, and push what it transfers.

        Raises:
            SettingsError: the list cannot be read, or takes what nobody can tell without a lock.
            CommandFailedError: Azure refuses something, or the lock does not fit the list.
        """
        servers = {server: side for side in pair.sides for server in self._make(side)}
        images = read_images(pair)
        stand_ins = make_stand_ins(images.originals, self.stage.scratch)
        if not pair.source_settings.create_registry:
            self.push(pair, stand_ins)
        own = self.stage.variables
        for_docker = tuple(
            server for server, side in servers.items() if self.owner(side).variables == own
        )
        told = {side.stack: self._told(side) for side in pair.sides}
        if not pair.source_settings.images_file:
            told[pair.source.stack]["acr-transfer:images"] = list(stand_ins.names)
        texts = images.texts(stand_ins)
        if file := pair.target_settings.source_file:
            # Of the stage's own from the beginning: the user's is not to be written to.
            texts[pair.in_program(pair.root / file)] = ""
        return Fixture(stand_ins, told, texts, tuple(servers), for_docker)

    def push(self, pair: PairFiles, stand_ins: StandIns) -> None:
        """Push artifacts to the registry of a pair's source, which has been made."""
        owner = self.owner(pair.source)
        server = owner.login_server(pair.source)
        Pusher(server, owner.http, owner.cloud.registry_token).push(stand_ins.layouts)

    def _make(self, side: SideFiles) -> list[str]:
        """Make what a side takes as existing, as far as it is not there; give login servers."""
        owner = self.owner(side)
        things = existing_things(side.settings, owner.deployer(side))
        return owner.maker.make(things, side.file.name)

    def _told(self, side: SideFiles) -> dict[str, object]:
        """Tell a stack where it signs in, where the environment does not, and not to wait."""
        variables = self.owner(side).variables
        told: dict[str, object] = {ROLE_WAIT: 0}
        if variables != self.stage.variables:
            told |= {
                f"{_PROVIDER}metadataHost": variables["ARM_METADATA_HOSTNAME"],
                f"{_PROVIDER}tenantId": variables["ARM_TENANT_ID"],
                f"{_PROVIDER}subscriptionId": self.owner(side).subscription(side),
            }
        return told
