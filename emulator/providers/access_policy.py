"""A vault's access policy, which azure-native makes by itself: Azure has no such resource."""

from emulator.providers.arm_client import ArmClient
from emulator.providers.grpc_errors import ProviderError
from emulator.providers.token_table import ACCESS_POLICY, type_map
from emulator.providers.wire import Properties
from emulator.values import JsonObject, child, objects, same, text


class AccessPolicies:
    """The policies of vaults; the id of one ends with the object it is for."""

    def __init__(self, arm: ArmClient) -> None:
        self._arm = arm
        self._kind = type_map(ACCESS_POLICY)

    async def create(self, policy_id: str, inputs: Properties) -> Properties:
        """Add a policy for whom the vault has none."""
        if await self.read(policy_id) is not None:
            raise ProviderError(f'cannot create already existing resource "{policy_id}"')
        return await self._write(policy_id, inputs)

    async def update(self, policy_id: str, inputs: Properties) -> Properties:
        """Change a policy that is there."""
        if await self.read(policy_id) is None:
            subject = text(inputs, "policy", "objectId")
            raise ProviderError(f"access policy for {subject} does not exist")
        return await self._write(policy_id, inputs)

    async def read(self, policy_id: str) -> Properties | None:
        """Give a policy as the vault has it, or None when either is gone."""
        vault_id, subject = _parts(policy_id)
        vault = await self._arm.find(vault_id)
        for policy in objects(vault, "properties", "accessPolicies"):
            if same(text(policy, "objectId"), subject):
                return self._kind.from_id(policy_id) | {"policy": policy}
        return None

    async def delete(self, policy_id: str, inputs: Properties) -> None:
        """Take a policy away; a vault that is gone is an error."""
        await self._change(policy_id, inputs, "remove")

    async def _write(self, policy_id: str, inputs: Properties) -> Properties:
        await self._change(policy_id, inputs, "replace")
        found = await self.read(policy_id)
        if found is None:
            raise ProviderError("newly written access policy not found")
        return found

    async def _change(self, policy_id: str, inputs: Properties, change: str) -> None:
        vault_id, _ = _parts(policy_id)
        body: JsonObject = {"properties": {"accessPolicies": [child(inputs, "policy")]}}
        path = f"{vault_id}/accessPolicies/{change}"
        await self._arm.put(path, body, self._kind.api_version)


def _parts(policy_id: str) -> tuple[str, str]:
    """Give the vault's id and the object's."""
    vault_id, _, subject = policy_id.rsplit("/", 2)
    return vault_id, subject
