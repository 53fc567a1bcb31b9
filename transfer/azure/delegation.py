"""A SAS that no account key signs, but a key that storage gives to whoever is signed in."""

from datetime import datetime
from enum import Enum

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError
from pydantic import SecretStr

from components.model.contract import ContainerPart
from components.model.diagnosis import explain
from transfer.azure.endpoints import Endpoints
from transfer.errors import CommandFailedError
from transfer.redaction import redact

# Storage says so of a letter that a SAS lacks, and of a right that whoever is signed in lacks.
LACKS_PERMISSION = "AuthorizationPermissionMismatch"
# The same in all of Azure's clouds: https://github.com/MicrosoftDocs/azure-docs/issues/22400.
_AUDIENCE = "https://storage.azure.com"
_RETRIES = 3
# Storage's client would wait a quarter of a minute.
FIRST_WAIT_SECONDS = 1


def delegated_sas(
    container: ContainerPart,
    permissions: str,
    credential: TokenCredential,
    endpoints: Endpoints,
    *,
    start: datetime,
    expiry: datetime,
) -> SecretStr:
    """Sign a SAS on one container, https only, with a user delegation key of the same times.

    Raises:
        AzureError: the sign-in or storage refuses, or cannot be reached.
    """
    # Half a second to import, for accounts that forbid their keys alone.
    from azure.storage.blob import BlobServiceClient, generate_container_sas

    audience = endpoints.arm_scope.removesuffix("/.default") if endpoints.is_custom else _AUDIENCE
    client = BlobServiceClient(
        blob_endpoint(container),
        credential,
        audience=audience,
        retry_total=_RETRIES,
        initial_backoff=FIRST_WAIT_SECONDS,
    )
    with client:
        key = client.get_user_delegation_key(start, expiry)
    token = generate_container_sas(
        container.account_name,
        container.container,
        user_delegation_key=key,
        permission=permissions,
        start=start,
        expiry=expiry,
        protocol="https",
    )
    return SecretStr(token)


def blob_endpoint(container: ContainerPart) -> str:
    """Give the address of the account's blob service; in a custom cloud it may have a path."""
    return container.uri.rstrip("/").removesuffix(f"/{container.container}")


def error_code(error: AzureError) -> str:
    """Give the code by which storage refuses; empty when it was not storage."""
    code = getattr(error, "error_code", None) or ""
    return str(code.value if isinstance(code, Enum) else code)


def key_refused(
    what: str, error: AzureError, container: ContainerPart, permissions: str
) -> CommandFailedError | None:
    """Say that storage gave no key, and what to do; None when it was not storage that refused."""
    code = error_code(error)
    if not code:
        return None
    # The lines after the first one are IDs and times.
    message = error.message.partition("\n")[0]
    said = redact(f"{code}: {message}")
    refusal = f"Azure refuses {what}: {said}"
    if code == LACKS_PERMISSION:
        return lacks_role(refusal, container, permissions)
    if isinstance(error, ClientAuthenticationError):
        return CommandFailedError(
            f"{refusal}\nStorage does not accept the sign-in: it is too old, or of another tenant "
            "than the account.",
            "Sign in there: az login --tenant TENANT; or correct ARM_TENANT_ID.",
        )
    diagnosis = explain(said)
    return CommandFailedError(f"{refusal}\n{diagnosis.meaning}", diagnosis.fix)


def lacks_role(refusal: str, container: ContainerPart, permissions: str) -> CommandFailedError:
    """Say after a refusal which roles a delegated SAS takes, and how they are assigned."""
    role = f"Storage Blob Data {'Contributor' if 'w' in permissions else 'Reader'}"
    account = container.account_id
    assign = "az role assignment create --assignee WHO"
    return CommandFailedError(
        f"{refusal}\nThe account forbids its keys, so the SAS opens what whoever is signed in may "
        "open. That takes two roles: Storage Blob Delegator on the account, and "
        f"{role} on the container. A role assigned a moment ago may not be in effect yet.",
        f"{assign} --role 'Storage Blob Delegator' --scope {account} && "
        f"{assign} --role '{role}' "
        f"--scope {account}/blobServices/default/containers/{container.container}",
    )
