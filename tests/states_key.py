"""A key in an emulated vault that encrypts the states of stacks, as docs/tenants.md has it.

The engine turns a passphrase into a key in a quarter of a second of each command; Key Vault answers
at once.
"""

from conftest_emulator import Emulator

from emulator.arm.base import Caller
from emulator.environment import proxy_variables
from emulator.host_names import vault_suffix

_GROUP, _VAULT, _KEY = "rg-states", "states-keys", "pulumi"
STATES_KEY = f"azurekeyvault://{_VAULT}.{vault_suffix('first')}/keys/{_KEY}"


def make_states_key(emulator: Emulator) -> dict[str, str]:
    """Make the key where it is not there yet; give the variables by which an engine finds it."""
    group = f"/subscriptions/{emulator.subscription}/resourceGroups/{_GROUP}"
    tenant, client_id = (emulator.variables[f"ARM_{name}_ID"] for name in ("TENANT", "CLIENT"))
    policy = {
        "tenantId": tenant,
        "objectId": Caller("", tenant, client_id).object_id,
        "permissions": {"keys": ["get", "create", "encrypt", "decrypt"]},
    }
    vault = {
        "location": "westeurope",
        "properties": {
            "tenantId": tenant,
            "sku": {"family": "A", "name": "standard"},
            "accessPolicies": [policy],
        },
    }
    with emulator.client() as client:
        key = f"/vault/{_VAULT}/keys/{_KEY}"
        if client.get(key).is_error:
            client.put(group, json={"location": "westeurope"}).raise_for_status()
            path = f"{group}/providers/Microsoft.KeyVault/vaults/{_VAULT}"
            client.put(path, json=vault).raise_for_status()
            client.post(f"{key}/create", json={"kty": "RSA"}).raise_for_status()
    return proxy_variables(emulator.directory)
