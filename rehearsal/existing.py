"""What stack files take as existing, as requests that make it in an emulated cloud."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import httpx

from components.model.resource_ids import ResourceId, account_and_container
from components.model.settings import SourceSettings, TargetSettings
from transfer.errors import CommandFailedError
from transfer.hints import Hint

USUAL_LOCATION = "westeurope"
GROUPS_VERSION = "2024-03-01"
REGISTRIES_VERSION = "2023-07-01"
_STORAGE = "2023-05-01"
_VAULTS = "2023-07-01"
_IDENTITIES = "2023-01-31"
_ASSIGNMENTS = "2022-04-01"
_SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
_WORKSPACES = "2023-09-01"


@dataclass(frozen=True)
class Thing:
    """A resource that is there before the program."""

    key: str
    """The key of the stack's file that names it."""
    id: str
    api_version: str
    body: Mapping[str, object]


@dataclass(frozen=True)
class Deployer:
    """Whoever runs `pulumi` for a side."""

    subscription: str
    tenant: str
    principal: str


def registry_id(settings: SourceSettings | TargetSettings, subscription: str) -> str:
    """Give the ID of the registry of a side, whoever makes it."""
    group, _, name = settings.registry.partition("/")
    place = f"/subscriptions/{subscription}/resourceGroups/{group}/providers"
    return f"{place}/Microsoft.ContainerRegistry/registries/{name}"


def existing_things(
    settings: SourceSettings | TargetSettings, deployer: Deployer
) -> Iterator[Thing]:
    """Name what a side takes as existing, what lies in something else behind it."""
    place = {"location": settings.location or USUAL_LOCATION}
    group = settings.registry.partition("/")[0]
    registry = registry_id(settings, deployer.subscription)
    own_group = registry[: registry.index("/providers/")]
    yield Thing("registry", own_group, GROUPS_VERSION, place)
    if not settings.create_registry:
        premium = {**place, "sku": {"name": "Premium"}}
        yield Thing("registry", registry, REGISTRIES_VERSION, premium)
    if settings.resource_group:
        given = settings.resource_group
        whole = given if given.startswith("/") else own_group.replace(group, given)
        yield Thing("resource_group", whole, GROUPS_VERSION, place)
    yield from _named(settings, place, deployer)


def _named(
    settings: SourceSettings | TargetSettings, place: Mapping[str, object], deployer: Deployer
) -> Iterator[Thing]:
    """Name what a side names by its ID."""
    vault = {
        "tenantId": deployer.tenant,
        "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": True,
        "accessPolicies": [],
    }
    account, container = account_and_container(settings.storage)
    kinds = {"kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    for thing in (
        Thing("identity", settings.identity, _IDENTITIES, place),
        Thing("vault", settings.vault, _VAULTS, {**place, "properties": vault}),
        Thing("storage", account, _STORAGE, {**place, **kinds}),
        Thing("storage", settings.storage if container else "", _STORAGE, {"properties": {}}),
        Thing(
            "log_analytics_workspace", settings.log_analytics_workspace or "", _WORKSPACES, place
        ),
    ):
        if thing.id.startswith("/"):
            group = thing.id[: thing.id.lower().index("/providers/")]
            yield Thing(thing.key, group, GROUPS_VERSION, place)
            yield thing
    if settings.vault.startswith("/"):
        yield _officer(settings.vault, deployer)


def _officer(vault: str, deployer: Deployer) -> Thing:
    """Let the deployer set and delete secrets, as the provider does in an existing vault."""
    roles = f"/subscriptions/{deployer.subscription}/providers/Microsoft.Authorization"
    properties = {
        "roleDefinitionId": f"{roles}/roleDefinitions/{_SECRETS_OFFICER}",
        "principalId": deployer.principal,
        "principalType": "ServicePrincipal",
    }
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{vault.lower()} {deployer.principal}")
    assignment = f"{vault}/providers/Microsoft.Authorization/roleAssignments/{name}"
    return Thing("vault", assignment, _ASSIGNMENTS, {"properties": properties})


@dataclass
class Maker:
    """Makes resources as an application of an emulated cloud, each of them once."""

    arm: httpx.Client
    made: dict[str, str] = field(default_factory=dict)
    """The login server of each registry, and nothing for the rest, by ID in lower case."""

    def make(self, things: Iterable[Thing], file: str) -> list[str]:
        """Make what a stack's file takes as existing, and give the login servers in it.

        Raises:
            CommandFailedError: Azure refuses one of them.
        """
        servers = []
        for thing in things:
            if thing.id.lower() not in self.made:
                version = {"api-version": thing.api_version}
                answer = self.arm.put(thing.id, params=version, json=dict(thing.body))
                if not answer.is_success:
                    raise _refused(thing, file, answer)
                properties = answer.json().get("properties") or {}
                self.made[thing.id.lower()] = str(properties.get("loginServer", ""))
            servers.append(self.made[thing.id.lower()])
        return [server for server in servers if server]


def _refused(thing: Thing, file: str, answer: httpx.Response) -> CommandFailedError:
    error = answer.json().get("error", {})
    what = ResourceId(thing.id).name if "/providers/" not in thing.id else thing.id
    return CommandFailedError(
        f"acr-transfer:{thing.key} in {file} takes {what!r} as existing, and it cannot exist. "
        f"Azure says: {error.get('code')}: {error.get('message')}",
        Hint(f"Correct {file}, then:"),
    )
