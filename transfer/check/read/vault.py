"""Reads a pipeline's key vault: found by its address, with its secret and the roles on it."""

from dataclasses import replace
from urllib.parse import urlsplit

from transfer.check.facts import DeletedVault, Missing, SecretFacts, Unread, VaultFacts
from transfer.check.read import shapes
from transfer.check.read.arm import Arm
from transfer.check.read.roles import read_roles

_VAULTS = "2023-07-01"


def read_vault(
    arm: Arm, subscription: str, secret_uri: str, principals: tuple[str, ...]
) -> VaultFacts | DeletedVault | Missing | Unread:
    """Find the vault of a secret's address among those of a subscription, and read it."""
    address, _, rest = secret_uri.partition("/secrets/")
    name = _name(address)
    provider = f"/subscriptions/{subscription}/providers/Microsoft.KeyVault"

    def list_vaults() -> list[shapes.Vault]:
        return list(arm.list(shapes.Vault, f"{provider}/vaults", _VAULTS))

    vaults = arm.attempt(f"key vault {name!r}", list_vaults)
    if isinstance(vaults, Missing | Unread):
        return vaults
    for vault in vaults:
        if vault.properties.vault_uri.rstrip("/").lower() == address.lower():
            facts = _facts(vault)
            what = f"key vault {vault.name!r}"
            return replace(
                facts,
                roles=read_roles(arm, vault.id, what, principals) if facts.uses_roles else (),
                secret=_secret(arm, vault, rest.partition("/")[0]),
            )

    is_deleted = name.lower() in list_deleted_vaults(arm, subscription)
    return DeletedVault(name) if is_deleted else Missing(name)


def read_given_vault(arm: Arm, vault_id: str) -> VaultFacts | Missing | Unread:
    """Read the vault of an ID, without a secret and roles in it."""

    def read() -> VaultFacts:
        return _facts(arm.get(shapes.Vault, vault_id, _VAULTS))

    return arm.attempt(f"key vault {vault_id!r}", read)


def list_deleted_vaults(arm: Arm, subscription: str) -> tuple[str, ...]:
    """Name the soft-deleted vaults of a subscription, in lower case; none where it is refused."""
    path = f"/subscriptions/{subscription}/providers/Microsoft.KeyVault/deletedVaults"

    def read() -> tuple[str, ...]:
        return tuple(vault.name.lower() for vault in arm.list(shapes.Named, path, _VAULTS))

    found = arm.attempt("soft-deleted key vaults", read)
    return () if isinstance(found, Missing | Unread) else found


def _facts(vault: shapes.Vault) -> VaultFacts:
    properties = vault.properties
    rules = properties.network_acls or shapes.NetworkRules()
    return VaultFacts(
        name=vault.name,
        id=vault.id,
        default_action=rules.default_action,
        bypass=rules.bypass,
        public_network_access=properties.public_network_access or "Enabled",
        uses_roles=bool(properties.enable_rbac_authorization),
        secret_rights={
            policy.object_id: tuple(policy.permissions.secrets or ())
            for policy in properties.access_policies or ()
        },
    )


def _secret(arm: Arm, vault: shapes.Vault, name: str) -> SecretFacts | Missing | Unread:
    def read() -> SecretFacts:
        secret = arm.get(shapes.Secret, f"{vault.id}/secrets/{name}", _VAULTS)
        return SecretFacts(name, secret.properties.attributes.enabled is not False)

    found = arm.attempt(f"secret {name!r} of key vault {vault.name!r}", read)
    return Missing(name) if isinstance(found, Missing) else found


def _name(address: str) -> str:
    """Tell a vault's name: the first label of its host, or the last part of a path."""
    parts = urlsplit(address)
    path = parts.path.strip("/")
    return path.rpartition("/")[2] if path else (parts.hostname or "").partition(".")[0]
