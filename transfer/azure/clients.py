"""Microsoft's clients, one of each kind and subscription, as each signs in by itself."""

from functools import cache
from typing import TYPE_CHECKING

from azure.core.credentials import TokenCredential

from transfer.azure.endpoints import Endpoints

# Each takes a third of a second to import: imported when one is made.
if TYPE_CHECKING:
    from azure.mgmt.containerregistry import ContainerRegistryManagementClient
    from azure.mgmt.storage import StorageManagementClient

_RETRIES = 3


class Clients:
    """Makes clients and keeps them: a new one would ask `az` for a token and connect anew."""

    def __init__(
        self, endpoints: Endpoints, credential: TokenCredential, retries: int = _RETRIES
    ) -> None:
        self._endpoints = endpoints
        self._credential = credential
        self._retries = retries
        self.registries = cache(self._registries)
        self.storage = cache(self._storage)

    def _registries(self, subscription: str) -> "ContainerRegistryManagementClient":
        from azure.mgmt.containerregistry import ContainerRegistryManagementClient

        return ContainerRegistryManagementClient(
            self._credential,
            subscription,
            self._endpoints.resource_manager,
            credential_scopes=[self._endpoints.arm_scope],
            retry_total=self._retries,
        )

    def _storage(self, subscription: str) -> "StorageManagementClient":
        from azure.mgmt.storage import StorageManagementClient

        return StorageManagementClient(
            self._credential,
            subscription,
            self._endpoints.resource_manager,
            credential_scopes=[self._endpoints.arm_scope],
            retry_total=self._retries,
        )
