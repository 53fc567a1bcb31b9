"""Signs in to storage as the service does: as the pipeline's identity, or with the SAS it reads."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from emulator.arm.vault_access import may_use
from emulator.host_names import account_of, vault_of
from emulator.resource_types import VAULT_TYPE
from emulator.state import Resource, State
from emulator.storage.gate import find_account
from emulator.transfer_service.errors import TransferError
from emulator.values import JsonObject, child, flag, objects, same, text

_SECRET_URI = re.compile(r"(?P<vault>https://[^?]+)/secrets/(?P<name>[^/?]+)/?")


@dataclass(frozen=True)
class ContainerAccess:
    """A container and one of the two ways in."""

    uri: str
    sas: str = field(default="", repr=False)  # begins with "?"
    bearer: str = field(default="", repr=False)


def open_container(
    state: State, pipeline: Resource, sign_in: Callable[[Sequence[str]], str]
) -> ContainerAccess:
    """Give the pipeline's container with a way in, or fail for the first thing that is missing.

    What a SAS or an identity may do there is asked by storage, request by request.
    """
    container = container_of(pipeline)
    principals = _principals(state, pipeline)
    place = container_uri(state, pipeline)
    if same(text(container, "storageAccessMode"), "ManagedIdentity"):
        return ContainerAccess(place, bearer=sign_in(principals))
    uri = text(container, "keyVaultUri")
    found = _SECRET_URI.fullmatch(uri)
    if found is None:
        raise TransferError(
            f"Failed to access key vault. '{uri}' is not the URI of a secret without a version."
        )
    vault = _vault(state, found["vault"])
    _check_right(state, vault, found["name"], principals)
    token = _secret(state, vault, found["name"])
    if not token.startswith("?"):
        raise TransferError(
            f"Failed to access storage. The SAS token in the secret '{found['name']}' is not "
            "valid: it must start with '?'."
        )
    return ContainerAccess(place, sas=token)


def container_of(pipeline: Resource) -> JsonObject:
    """Give the target of an export pipeline, the source of an import pipeline."""
    return child(pipeline.properties, "target") or child(pipeline.properties, "source")


def container_uri(state: State, pipeline: Resource) -> str:
    """Give the address of a pipeline's container, by the account's endpoint if it has its name."""
    uri = text(container_of(pipeline), "uri").rstrip("/")
    named = urlsplit(uri)
    account = find_account(state, account_of(named.hostname or ""))
    if account is None:
        return uri
    return text(account.properties, "primaryEndpoints", "blob") + named.path.removeprefix("/")


def _principals(state: State, pipeline: Resource) -> list[str]:
    identity = child(pipeline.body, "identity")
    principals = [text(identity, "principalId")]
    for identity_id in child(identity, "userAssignedIdentities"):
        resource = state.get(identity_id)
        if resource is None:
            raise TransferError(
                f"Failed to acquire a token. The identity '{identity_id}' of the pipeline "
                f"'{pipeline.name}' was not found."
            )
        principals.append(text(resource.properties, "principalId"))
    return [principal for principal in principals if principal]


def _vault(state: State, uri: str) -> Resource:
    for vault in state.list(VAULT_TYPE):
        is_at = same(text(vault.properties, "vaultUri").rstrip("/"), uri)
        if is_at or same(vault.name, vault_of(uri.removeprefix("https://"))):
            return vault
    raise TransferError(f"Failed to access key vault. No such host is known. ({uri})")


def _check_right(state: State, vault: Resource, secret: str, principals: list[str]) -> None:
    delay = state.settings.grant_seconds
    if may_use(state, vault, f"secrets/{secret}", principals, "get", delay_seconds=delay):
        return
    caller = ",".join(principals)
    if flag(vault.properties, "enableRbacAuthorization"):
        raise _vault_error(
            "403 (Forbidden)",
            "Caller is not authorized to perform action on resource. If role assignments, "
            "deny assignments or role definitions were changed recently, please observe "
            f"propagation time. Caller: oid={caller}; Action: "
            f"'Microsoft.KeyVault/vaults/secrets/getSecret/action'; Vault: {vault.name}",
        )
    raise _vault_error(
        "403 (Forbidden)",
        f"The user, group or application 'oid={caller}' does not have secrets get "
        f"permission on key vault '{vault.name};location={text(vault.body, 'location')}'. For "
        "help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287",
    )


def _secret(state: State, vault: Resource, name: str) -> str:
    secret = state.get(f"{vault.id}/secrets/{name}")
    versions = objects(secret.private, "versions") if secret else []
    if not versions:
        raise _vault_error(
            "404 (Not Found)",
            f"A secret with (name/id) {name} was not found in this key vault. If you recently "
            "deleted this secret you may be able to recover it using the correct recovery "
            "command. For help resolving this issue, please see "
            "https://go.microsoft.com/fwlink/?linkid=2125182",
        )
    # An expired secret is still given out: its expiry is information, as in Azure.
    if not flag(versions[-1], "enabled", default=True):
        raise _vault_error("403 (Forbidden)", "Operation get is not allowed on a disabled secret.")
    return text(versions[-1], "value")


def _vault_error(status: str, message: str) -> TransferError:
    return TransferError(
        f"Failed to access key vault. Service request failed. Status: {status}. {message}"
    )
