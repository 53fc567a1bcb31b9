"""Whoever owns what a side finds and makes: an application of the stage's clouds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import jwt
from pydantic import SecretStr

from components.model.contract import ContainerPart
from components.model.resource_ids import account_and_container
from components.model.sas_terms import Grant
from rehearsal.existing import (
    GROUPS_VERSION,
    REGISTRIES_VERSION,
    Deployer,
    Maker,
    registry_id,
)
from rehearsal.files import SideFiles
from transfer.azure.cloud import AzureCloud
from transfer.azure.cloud_access import environment_access, resource_manager
from transfer.clock import Clock
from transfer.connections import Connections


@dataclass(frozen=True)
class Owner:
    """An application of the stage's clouds, which makes what exists and pushes images."""

    variables: Mapping[str, str] = field(repr=False)
    cloud: AzureCloud
    http: httpx.Client
    """Trusts the stage's authority, and is not signed in."""
    maker: Maker
    principal: str
    """The application, as its tenant's directory names it."""

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> "Owner":
        """Sign in."""
        access = environment_access(variables)
        arm = resource_manager(access, variables)
        # Images are pushed by many threads.
        http = httpx.Client(transport=Connections(variables))
        token = arm.headers["Authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, options={"verify_signature": False})
        return cls(variables, AzureCloud(access, Clock()), http, Maker(arm), str(claims["oid"]))

    def deployer(self, side: SideFiles) -> Deployer:
        """Say who runs `pulumi` for a side of this tenant."""
        return Deployer(self.subscription(side), self.variables["ARM_TENANT_ID"], self.principal)

    def subscription(self, side: SideFiles) -> str:
        """Give the subscription of a side of this tenant."""
        return side.subscription or self.variables["ARM_SUBSCRIPTION_ID"]

    def has_group(self, side: SideFiles, name: str) -> bool:
        """Tell whether there is a resource group in a side's subscription."""
        group = f"/subscriptions/{self.subscription(side)}/resourceGroups/{name}"
        answer = self.maker.arm.head(group, params={"api-version": GROUPS_VERSION})
        return answer.status_code != httpx.codes.NOT_FOUND

    def login_server(self, side: SideFiles) -> str:
        """Give the login server of a side's registry; empty while there is none."""
        registry = registry_id(side.settings, self.subscription(side))
        answer = self.maker.arm.get(registry, params={"api-version": REGISTRIES_VERSION})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return ""
        return str(answer.raise_for_status().json()["properties"]["loginServer"])

    def sas(self, side: SideFiles) -> SecretStr:
        """Sign a SAS for the container of a side, as its user would."""
        settings = side.settings
        account, container = account_and_container(settings.storage)
        letters = Grant(side.side, "container", settings.deletes_blobs).permissions
        place = ContainerPart(
            account_id=account, container=container or settings.container, uri="https://unused"
        )
        return SecretStr(f"?{self.cloud.container_sas(place, letters).get_secret_value()}")

    def close(self) -> None:
        """Let go of what is open."""
        self.http.close()
        self.maker.arm.close()
