"""Rules of the key vault: the pipeline's identity reads the SAS, through the firewall."""

from components.model.role_ids import KEY_VAULT_SECRETS_USER
from transfer.check.facts import (
    DeletedVault,
    Missing,
    PipelineFacts,
    SecretFacts,
    SideFacts,
    Unread,
    VaultFacts,
    role_names,
)
from transfer.check.findings import Finding, Level, good, not_read

_FAILED = "The run fails: Failed to access key vault."
_FORBIDDEN = f"{_FAILED} Service request failed. Status: 403 (Forbidden)."
# Key Vault Secrets User, Key Vault Secrets Officer, Key Vault Administrator.
_READERS = {
    KEY_VAULT_SECRETS_USER,
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
    "00482a5a-887f-4fb3-b363-3b7fe8e74483",
}


def judge_vault(here: SideFacts) -> list[Finding]:
    """Judge the vault that a side's pipeline reads its SAS from."""
    return [*_reads_all(here), *_reached(here)]


def _reads_all(here: SideFacts) -> list[Finding]:
    """Say that an access policy in an existing vault opens what others keep there, too."""
    vault = here.given_vault
    if not isinstance(vault, VaultFacts) or vault.uses_roles:
        return []
    what = f"key vault {vault.name!r} exists already and grants by access policies"
    why = (
        "A policy cannot be narrowed to one secret: the pipeline's identity can read all secrets "
        "of the vault."
    )
    fix = f"Name a vault with roles as acr-transfer:vault in {here.file}, or leave the key out"
    return [Finding(Level.WARNS, here.side, what, why, fix)]


def _reached(here: SideFacts) -> list[Finding]:
    vault = here.vault
    if vault is None or not isinstance(here.pipeline, PipelineFacts):
        return []
    if isinstance(vault, Unread):
        return [not_read(here, vault)]
    if isinstance(vault, DeletedVault):
        why = f"{_FAILED} No such host is known. A new vault of this name is refused: ConflictError"
        what = f"key vault {vault.name!r} is soft-deleted"
        fix = f"az keyvault recover --name {vault.name}"
        return [Finding(Level.FAILS, here.side, what, why, fix)]
    refresh = f"pulumi up --refresh -s {here.stack}"
    if isinstance(vault, Missing):
        why = f"{_FAILED} No such host is known."
        what = f"key vault {vault.what!r} does not exist"
        return [Finding(Level.FAILS, here.side, what, why, refresh)]
    rights = _by_role if vault.uses_roles else _by_policy
    return [
        *_firewall(here, vault),
        *rights(here, vault, here.pipeline),
        *_secret(here, vault, refresh),
    ]


def _firewall(here: SideFacts, vault: VaultFacts) -> list[Finding]:
    state = "closed" if vault.is_closed else "open"
    what = f"key vault {vault.name!r}: firewall {state}, bypass {vault.bypass}"
    if not vault.is_closed or "AzureServices" in vault.bypass:
        return good(here.side, what, "Container Registry is a trusted service of vaults")
    why = (
        f"{_FORBIDDEN} Client address is not authorized and caller is not a trusted service."
        " Container Registry passes a vault's firewall as a trusted service alone."
    )
    fix = f"az keyvault update --name {vault.name} --bypass AzureServices"
    return [Finding(Level.FAILS, here.side, what, why, fix)]


def _by_policy(here: SideFacts, vault: VaultFacts, pipeline: PipelineFacts) -> list[Finding]:
    granted = {principal.lower(): rights for principal, rights in vault.secret_rights.items()}
    what = f"key vault {vault.name!r}: access policy for the pipeline's identity"
    for principal in pipeline.principals:
        rights = {right.lower() for right in granted.get(principal.lower(), ())}
        if rights & {"get", "all"}:
            return good(here.side, f"{what}, secrets get", "the pipeline reads its SAS")
    why = (
        f"{_FORBIDDEN} The user, group or application does not have secrets get permission on key "
        f"vault {vault.name!r}."
    )
    principal = pipeline.principals[0] if pipeline.principals else "PRINCIPAL"
    fix = (
        f"pulumi up --refresh -s {here.stack}, or az keyvault set-policy --name {vault.name} "
        f"--object-id {principal} --secret-permissions get"
    )
    return [Finding(Level.FAILS, here.side, f"{what} without secrets get", why, fix)]


def _by_role(here: SideFacts, vault: VaultFacts, pipeline: PipelineFacts) -> list[Finding]:
    what = f"key vault {vault.name!r} uses roles (RBAC)"
    if isinstance(vault.roles, Unread):
        return [not_read(here, vault.roles)]
    secret_name = pipeline.secret_uri.partition("/secrets/")[2].partition("/")[0]
    secret_id = f"{vault.id}/secrets/{secret_name}"
    roles = [role for role in vault.roles if role.reaches(secret_id)]
    if any(role.definition.lower() in _READERS for role in roles):
        reason = "a role of the pipeline's identity reads secrets"
        return good(here.side, what, reason)
    principal = pipeline.principals[0] if pipeline.principals else "PRINCIPAL"
    fix = (
        f"az role assignment create --role 'Key Vault Secrets User' --scope {secret_id} "
        f"--assignee-object-id {principal} --assignee-principal-type ServicePrincipal"
    )
    if roles:
        why = f"The identity holds other roles, of which this cannot tell: {role_names(roles)}."
        return [Finding(Level.UNKNOWN, here.side, what, why, fix)]
    why = (
        f"{_FORBIDDEN} Caller is not authorized to perform action on resource. The pipeline's "
        "identity has no role Key Vault Secrets User, and access policies do not count here."
    )
    return [Finding(Level.FAILS, here.side, what, why, fix)]


def _secret(here: SideFacts, vault: VaultFacts, refresh: str) -> list[Finding]:
    secret = vault.secret
    if secret is None:
        return []
    if isinstance(secret, Unread):
        return [not_read(here, secret)]
    if isinstance(secret, Missing):
        why = f"{_FAILED} Service request failed. Status: 404 (SecretNotFound)."
        what = f"key vault {vault.name!r}: no secret {secret.what!r}"
        return [Finding(Level.FAILS, here.side, what, why, refresh)]
    return _enabled(here, vault, secret)


def _enabled(here: SideFacts, vault: VaultFacts, secret: SecretFacts) -> list[Finding]:
    state = "enabled" if secret.is_enabled else "disabled"
    what = f"key vault {vault.name!r}: secret {secret.name!r} {state}"
    if secret.is_enabled:
        return good(here.side, what, "the pipeline finds its SAS")
    why = f"{_FORBIDDEN} Operation get is not allowed on a disabled secret."
    fix = (
        f"az keyvault secret set-attributes --vault-name {vault.name} --name {secret.name} "
        "--enabled true"
    )
    return [Finding(Level.FAILS, here.side, what, why, fix)]
