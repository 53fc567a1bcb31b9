"""What exists already: looked up before anything is made, in whichever subscription it lies."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import pulumi
import pulumi_azure_native as azure_native
import pulumi_azure_native.authorization as authorization
import pulumi_azure_native.keyvault as keyvault
import pulumi_azure_native.managedidentity as managedidentity
import pulumi_azure_native.resources as resources
import pulumi_azure_native.storage as storage

from ..model.errors import Problem, SettingsError
from ..model.names import SIDE_METADATA, SIDE_TAG, Side
from ..model.resource_ids import ResourceId, account_and_container
from .providers import provider_for

Found = TypeVar("Found")

# What azure-native says before Azure's own words.
_REQUEST_FAILED = re.compile(r"^request failed \S+: ")


@dataclass(frozen=True)
class Existing(Generic[Found]):
    """Something that exists, and the provider of its subscription."""

    id: str
    """As Azure spells it: a setting in another case then changes no input of a resource."""
    facts: Found
    provider: pulumi.ProviderResource | None
    """None: the side's own provider, as it lies in the side's own subscription."""

    @property
    def resource_group_name(self) -> str:
        """Name of its resource group."""
        return ResourceId(self.id).resource_group


class Lookup:
    """Reads what exists, in the side's own subscription and in others of its tenant."""

    def __init__(self, name: str, side: Side, parent: pulumi.Resource) -> None:
        self._name = name
        self._side = side
        self._parent = parent
        self._providers: dict[str, pulumi.ProviderResource] = {}

    def account(self, storage_id: str) -> Existing[storage.GetStorageAccountResult]:
        """Read a storage account by its own ID, or by that of a container, which is read too."""
        account_id, container = account_and_container(storage_id)
        group, name = _group_and_name(account_id)
        opts = self._options(account_id)
        account = look_up(
            "storage account",
            account_id,
            lambda: storage.get_storage_account(name, resource_group_name=group, opts=opts),
        )
        if container:
            found = look_up(
                "container",
                storage_id,
                lambda: storage.get_blob_container(name, container, group, opts=opts),
            )
            self._refuse_own("container", storage_id, found.metadata)
        self._refuse_own("storage account", account_id, account.tags)
        return Existing(account.id, account, opts.provider)

    def identity(self, identity_id: str) -> Existing[managedidentity.GetUserAssignedIdentityResult]:
        """Read a user-assigned identity."""
        group, name = _group_and_name(identity_id)
        opts = self._options(identity_id)
        found = look_up(
            "identity",
            identity_id,
            lambda: managedidentity.get_user_assigned_identity(group, name, opts=opts),
        )
        self._refuse_own("identity", identity_id, found.tags)
        return Existing(found.id, found, opts.provider)

    def vault(self, vault_id: str) -> Existing[keyvault.GetVaultResult]:
        """Read a key vault."""
        group, name = _group_and_name(vault_id)
        opts = self._options(vault_id)
        found = look_up("vault", vault_id, lambda: keyvault.get_vault(group, name, opts=opts))
        self._refuse_own("vault", vault_id, found.tags)
        return Existing(found.id, found, opts.provider)

    def workspace(self, workspace_id: str) -> str:
        """Read a Log Analytics workspace, and give its ID as Azure spells it."""
        group, name = _group_and_name(workspace_id)
        opts = self._options(workspace_id)
        # Not imported above, as few stacks need it: the SDK loads a module at its first use.
        workspaces = azure_native.operationalinsights
        found = look_up(
            "workspace", workspace_id, lambda: workspaces.get_workspace(group, name, opts=opts)
        )
        return found.id

    def group(self, name_or_id: str) -> Existing[resources.GetResourceGroupResult]:
        """Read a resource group, by its name in the side's own subscription or by its ID."""
        is_id = name_or_id.startswith("/")
        name = name_or_id.rpartition("/")[2]
        opts = self._options(name_or_id) if is_id else pulumi.InvokeOptions(parent=self._parent)
        found = look_up(
            "resource group", name_or_id, lambda: resources.get_resource_group(name, opts=opts)
        )
        self._refuse_own("resource group", name_or_id, found.tags)
        return Existing(found.id, found, opts.provider)

    def _refuse_own(self, what: str, name: str, tags: Mapping[str, str] | None) -> None:
        """Refuse what a side of this kind has made, which would go when it is no longer made."""
        if self._side in ((tags or {}).get(SIDE_TAG), (tags or {}).get(SIDE_METADATA)):
            rule = (
                f"a {self._side} side has made it, as it is tagged with acr-transfer-side, and "
                "deletes it when its settings change"
            )
            fix = "Name one that nothing here has made, or leave the setting out."
            raise SettingsError([Problem(what, name, rule, fix)])

    @cached_property
    def _own_subscription(self) -> str:
        opts = pulumi.InvokeOptions(parent=self._parent)
        return authorization.get_client_config(opts=opts).subscription_id

    def _options(self, resource_id: str) -> pulumi.InvokeOptions:
        provider = self._provider(ResourceId(resource_id).subscription)
        return pulumi.InvokeOptions(parent=self._parent, provider=provider)

    def _provider(self, subscription: str) -> pulumi.ProviderResource | None:
        if subscription == self._own_subscription.lower():
            return None
        if subscription not in self._providers:
            self._providers[subscription] = provider_for(
                f"{self._name}-{subscription}", subscription, self._parent
            )
        return self._providers[subscription]


def look_up(what: str, name: str, read: Callable[[], Found]) -> Found:
    """Read something that exists, before anything is made beside it.

    Raises:
        SettingsError: it cannot be read; the text of Azure is passed on.
    """
    try:
        return read()
    except Exception as error:  # The SDK raises no narrower class.
        said = _REQUEST_FAILED.sub("", str(error).rpartition("returned an error: ")[2])
        rule = f"it cannot be read. Azure says: {said.rstrip('.')}"
        fix = (
            f"Name an existing one that you may read: az resource show --ids {name}"
            if name.startswith("/")
            else "Name an existing one, in the subscription of this stack: pulumi config get "
            "azure-native:subscriptionId, or az account show."
        )
        raise SettingsError([Problem(what, name, rule, fix)]) from error


def _group_and_name(resource_id: str) -> tuple[str, str]:
    found = ResourceId(resource_id)
    return found.resource_group, found.name
