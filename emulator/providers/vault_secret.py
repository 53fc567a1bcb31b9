"""A vault's secret: azure-native recovers one of its name, and deletes it at the vault itself."""

from emulator.arm.keyvault_secrets import recover
from emulator.errors import AzureError
from emulator.providers.arm_client import ArmClient
from emulator.providers.grpc_errors import ProviderError
from emulator.providers.tokens import TypeMap
from emulator.providers.waiting import Waiting
from emulator.providers.wire import Properties
from emulator.values import JsonObject, text

_PAUSE_SECONDS = 5
_LIMIT_SECONDS = 180
_UNSEEN_LIMIT = 6


class Secrets:
    """Secrets as a caller makes and deletes them."""

    def __init__(self, arm: ArmClient, waiting: Waiting) -> None:
        self._arm = arm
        self._waiting = waiting

    async def create(self, kind: TypeMap, secret_id: str, inputs: Properties) -> JsonObject:
        """Make a secret; one that is deleted and can be seen is recovered first.

        https://github.com/pulumi/pulumi-azure-native/pull/4759
        """
        unseen = 0
        for _ in range(_LIMIT_SECONDS // _PAUSE_SECONDS):
            try:
                return await self._arm.put(secret_id, kind.to_body(inputs), kind.api_version)
            except AzureError as exc:
                if exc.status != 409:
                    raise
                unseen = 0 if self._recovers(secret_id) else unseen + 1
                if unseen == _UNSEEN_LIMIT:
                    raise
            await self._waiting.pause(_PAUSE_SECONDS)
        raise ProviderError(f"timed out creating KeyVault secret {secret_id.rpartition('/')[2]}")

    async def delete(self, secret_id: str, inputs: Properties) -> None:
        """Delete a secret; the name of a vault that is gone cannot be resolved."""
        state = self._arm.manager.cloud.state
        if state.get(secret_id.rpartition("/secrets/")[0]) is None:
            vault, name = text(inputs, "vaultName"), text(inputs, "secretName")
            host = f"{vault}.vault.azure.net"
            raise ProviderError(
                f'Delete "https://{host}/secrets/{name}": dial tcp: lookup {host}: no such host'
            )
        await self._arm.delete(secret_id)

    def _recovers(self, secret_id: str) -> bool:
        """Tell whether the vault showed a deleted secret, which is recovered then."""
        vault_id, _, name = secret_id.rpartition("/secrets/")
        state = self._arm.manager.cloud.state
        try:
            return recover(state, state.require(vault_id), name, self._arm.caller)
        except AzureError as exc:
            raise ProviderError(f"failed to recover soft-deleted secret {name}: {exc}") from exc
