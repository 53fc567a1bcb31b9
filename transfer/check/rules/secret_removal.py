"""The rule of a secret in an existing vault, which does not go with its vault."""

from transfer.check.facts import SideFacts, VaultFacts
from transfer.check.findings import Finding, Level
from transfer.stack_file import short_name

_COMPONENTS = {"source": "SourceSide", "target": "TargetSide"}


def judge_secret_removal(here: SideFacts) -> list[Finding]:
    """Say beforehand what a `pulumi destroy` needs that deletes the secret by itself."""
    vault_id = here.settings.vault
    if here.settings.storage_access == "managed-identity" or not vault_id.startswith("/"):
        return []
    name = vault_id.rpartition("/")[2]
    vault = here.given_vault
    is_closed = isinstance(vault, VaultFacts) and vault.is_closed
    why = (
        "pulumi destroy, like a change to another vault, deletes the secret at the vault's own "
        "address. That takes the right to delete secrets (Key Vault Secrets Officer, or an access "
        "policy with delete) and an address that the vault's firewall admits."
    )
    if is_closed:
        why += (
            " The firewall is closed, and Azure answers all others: Client address is not "
            "authorized and caller is not a trusted service."
        )
    fix = (
        f"az keyvault network-rule add --name {name} --ip-address ADDRESS\n"
        "Or leave the secret in the vault, once pulumi destroy has failed, and destroy again:\n"
        f"pulumi state delete '{_urn(here)}' -s {here.stack} --yes"
    )
    level = Level.WARNS if is_closed else Level.UNKNOWN
    return [Finding(level, here.side, f"key vault {name!r} exists without the stack", why, fix)]


def _urn(here: SideFacts) -> str:
    types = (
        f"acrtransfer:index:{_COMPONENTS[here.side]}",
        "acrtransfer:index:SasVault",
        "azure-native:keyvault:Secret",
    )
    stack = short_name(here.stack)
    return f"urn:pulumi:{stack}::acr-transfer::{'$'.join(types)}::{here.side}-sas-secret"
