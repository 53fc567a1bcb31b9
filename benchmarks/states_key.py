"""A key in an emulated vault that encrypts the states of stacks, as docs/tenants.md has it.

The engine turns a passphrase into a key in a quarter of a second of each command; Key Vault answers
at once. The engine finds the vault by the emulator's proxy.
"""

from collections.abc import Mapping

import httpx

from emulator.arm.base import Caller
from emulator.host_names import vault_suffix

_GROUP, _VAULT, _KEY = "rg-states", "states-keys", "pulumi"


def make_states_key(client: httpx.Client, variables: Mapping[str, str]) -> str:
    """Make the key where it is not there yet; give its address as the engine takes it.

    Args:
        client: Signed in to the emulator's front.
        variables: Of the application that is to use the key.
    """
    tenant, client_id, subscription = (
        variables[f"ARM_{name}_ID"] for name in ("TENANT", "CLIENT", "SUBSCRIPTION")
    )
    group = f"/subscriptions/{subscription}/resourceGroups/{_GROUP}"
    policy = {
        "tenantId": tenant,
        "objectId": Caller("", tenant, client_id).object_id,
        "permissions": {"keys": ["get", "create", "encrypt", "decrypt"]},
    }
    properties = {
        "tenantId": tenant,
        "sku": {"family": "A", "name": "standard"},
        "accessPolicies": [policy],
    }
    vault = f"{group}/providers/Microsoft.KeyVault/vaults/{_VAULT}"
    made: dict[str, dict[str, object]] = {
        f"{group}?api-version=2024-03-01": {"location": "westeurope"},
        f"{vault}?api-version=2023-07-01": {"location": "westeurope", "properties": properties},
    }
    key = f"/vault/{_VAULT}/keys/{_KEY}"
    found = client.get(key)
    if found.is_error:
        for path, body in made.items():
            client.put(path, json=body).raise_for_status()
        found = client.post(f"{key}/create", json={"kty": "RSA"}).raise_for_status()
    version = str(found.json()["key"]["kid"]).rpartition("/")[2]
    return f"azurekeyvault://{_VAULT}.{vault_suffix('first')}/keys/{_KEY}/{version}"
