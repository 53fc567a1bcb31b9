"""The one table that translates Azure's messages into what they mean and what to do.

Azure's texts change without notice: nothing branches on a message anywhere else, and a text that
no row knows is passed on as it is.
"""

import json
import re
from dataclasses import dataclass
from typing import Literal

# A JSON text, of the answer about a run.
_RUN_SAID = re.compile(r'"pipelineRunErrorMessage"\s*:\s*("(?:[^"\\]|\\.)+")')
_FAILED_STATES = frozenset({"failed", "canceled", "cancelled", "timedout"})


@dataclass(frozen=True)
class Diagnosis:
    """What a message of Azure means, and the next thing to do; each one or two sentences."""

    meaning: str
    fix: str


UNKNOWN = Diagnosis(
    "This program does not know this message of Azure.",
    "Look it up in https://aka.ms/acr/transfer/troubleshooting.",
)


def has_failed(*states: str | None) -> bool:
    """Tell whether any of a run's states is a failure; Azure writes them in any case."""
    return any((state or "").lower() in _FAILED_STATES for state in states)


def is_name_taken(service_text: str) -> bool:
    """Tell whether Azure refuses a name because something else has it."""
    return re.search(_NAME_TAKEN, service_text) is not None


def when_to_halve(service_text: str, count: int) -> Literal["at once", "if it fails again", ""]:
    """Tell when halving a failed run finds the artifact at fault; "" where it does not.

    Args:
        count: How many artifacts the run carries.
    """
    diagnosis = explain(service_text)
    if count == 1:
        return ""
    if diagnosis.meaning == _NO_ARTIFACT:
        return "at once"
    return "if it fails again" if diagnosis is UNKNOWN else ""


def explain(service_text: str) -> Diagnosis:
    """Say what Azure's message means; the first row of the table that matches wins.

    azure-native passes on the whole of a failed run; only what the service says in it counts.
    """
    said = _RUN_SAID.search(service_text)
    text = json.loads(said[1]) if said else service_text
    for pattern, diagnosis in _TABLE:
        if pattern.search(text):
            return diagnosis
    return UNKNOWN


_NO_ARTIFACT = "The registry has no artifact of this name."
_NAME_KEPT = r"ConflictError|already exists in deleted state"
_NAME_TAKEN = rf"{_NAME_KEPT}|VaultAlreadyExists|StorageAccountAlreadyTaken|AlreadyInUse"
_RENEW_SAS = (
    "Renew it: pulumi up --refresh on this side's stack has a new SAS signed; one that you gave as "
    "`sas` is replaced by another one. acr-transfer copy makes its own each time."
)

# From the narrow to the wide: a row may be a special case of one further down.
_ROWS: tuple[tuple[str, str, str], ...] = (
    (
        r"KeyBasedAuthenticationNotPermitted|key based authentication is not permitted",
        "The storage account forbids its keys (allowSharedKeyAccess is false), and with them "
        "every SAS that they sign.",
        "Allow them: az storage account update --name ACCOUNT --allow-shared-key-access true; or "
        "bring a user delegation SAS, which no key signs; or do without a SAS: "
        "storage_access: managed-identity.",
    ),
    (
        # The service's words for a firewall; a SAS that lacks a letter ends with "using this
        # permission" or "resource type" instead.
        r"not authorized to perform this operation(?! using this)",
        "The storage account's firewall turned the request away. ACR Transfer is no trusted "
        "service of storage, so a firewall or a private endpoint cannot be passed; a wrong or "
        "expired SAS may read the same.",
        "Open the account: az storage account update --name ACCOUNT --default-action Allow "
        "--public-network-access Enabled.",
    ),
    (
        r"AuthorizationPermissionMismatch|AuthorizationResourceTypeMismatch"
        r"|not authorized to perform this operation using this",
        "The SAS is genuine but lacks a permission that this operation needs; without a SAS, the "
        "pipeline's identity, or whoever copies, lacks the role on the container, or got it too "
        "short a time ago to be in effect.",
        f"{_RENEW_SAS} A role is put back by the same pulumi up --refresh, and waited for by "
        "`role_wait_seconds`.",
    ),
    (
        r"AuthorizationProtocolMismatch",
        "The SAS is for https only, and the request came by http.",
        "Use the container's https address.",
    ),
    (
        r"AuthenticationFailed|AuthorizationFailure|failed to authenticate the request"
        r"|Signature (did not match|fields not well formed|not valid in the specified time)",
        "Storage does not accept the SAS: it is expired, not yet valid, cut short, or its account "
        "key was regenerated.",
        _RENEW_SAS,
    ),
    (
        r"SecretNotFound|secret with \(?name/id\)? .{1,200} was not found|secret not found",
        "The vault has no secret of the name that the pipeline reads its SAS from.",
        "Put it back: run pulumi up --refresh on this side's stack.",
    ),
    (
        r"SecretDisabled|secret is disabled|operation get is not allowed on a disabled secret",
        "The vault's secret with the SAS is disabled.",
        "Enable it: az keyvault secret set-attributes --vault-name VAULT --name SECRET "
        "--enabled true.",
    ),
    (
        r"does not have secrets get permission|(vault|secret)s?\b.{0,300}(Forbidden|AccessDenied)"
        r"|(Forbidden|AccessDenied).{0,300}(vault|secret)|failed to access key ?vault",
        "The pipeline's identity may not read the vault's secret. A policy that was written a "
        "moment ago may not be in effect yet.",
        "Wait five minutes; if it stays, put the policy back: run pulumi up --refresh on this "
        "side's stack.",
    ),
    (
        _NAME_KEPT,
        "A deleted key vault still has this name: Azure keeps it for 90 days.",
        "Take another name; or get the vault back: az keyvault recover --name VAULT, and delete "
        "it once its SAS is no longer of use.",
    ),
    (
        _NAME_TAKEN,
        "The name is taken: names of storage accounts, vaults and registries are unique in Azure.",
        "Take another one.",
    ),
    (
        r"cannot create already existing resource.{0,300}/registries/[^/\s]+$",
        "The registry is there already, and this stack did not make it, or it is to move to "
        "another location, which no registry can.",
        "Write create_registry: false to use the registry as it is.",
    ),
    (
        r"cannot create already existing resource|resource already exists",
        "A resource of this name is there, and the stack does not know it: an earlier pulumi up "
        "was interrupted, or somebody else made it.",
        "If an up was interrupted, acr-transfer run takes it over. Otherwise delete it in Azure if "
        "it holds nothing, or have the stack take it over: pulumi import.",
    ),
    (
        r"PrincipalNotFound|does not exist in the directory",
        "The directory does not know the new identity yet.",
        "Wait a minute, then run pulumi up again.",
    ),
    (
        r"exports? (are |is )?(disabled|not allowed)|export ?policy",
        "The registry forbids exports (exportPolicy is disabled).",
        "Allow them, this first and public access after it: az acr update --name REGISTRY "
        "--allow-exports true.",
    ),
    (
        r"BlobNotFound|blob\b.{0,200}(does not exist|not found|not exist)",
        "The container has no blob of this name: it was not copied, or is deleted by now.",
        "Copy it: acr-transfer copy.",
    ),
    (
        r"ContainerNotFound|container\b.{0,200}(does not exist|not found)",
        "The storage account has no container of this name.",
        "Put it back: run pulumi up --refresh on this side's stack.",
    ),
    (
        r"BlobAlreadyExists|blob\b.{0,200}already exists",
        "The container holds a blob of this name, and the pipeline may not overwrite it.",
        "Give the pipeline the option OverwriteBlobs, or delete the blob.",
    ),
    (
        r"TAG_ALREADY_EXISTS|TagAlreadyExists|tag\b.{0,200}already exists",
        "The target registry has this tag, and the pipeline may not overwrite tags.",
        "Give the import pipeline the option OverwriteTags, or delete the tag.",
    ),
    (
        r"MANIFEST_UNKNOWN|NAME_UNKNOWN|ArtifactNotFound"
        r"|(manifest|artifact|tag|repository)\b.{0,200}(not found|does not exist|unknown)",
        _NO_ARTIFACT,
        "Correct the list of images; az acr repository show-tags --name REGISTRY "
        "--repository REPOSITORY lists what there is.",
    ),
    (
        r"(more than|maximum|exceed|at most).{0,60}artifacts",
        "A pipeline run carries at most 50 artifacts.",
        "Run pulumi up with this program, which cuts longer lists into runs.",
    ),
    (
        r"RedundancyConfigurationNotAvailableInRegion|SkuUnavailableInZone"
        r"|redundancy configuration.{0,200}not available",
        "The location has no storage accounts of this redundancy; many locations have no zones.",
        "Choose another one: storage_redundancy: Standard_LRS; az "
        "storage sku list --query \"[?locations[0]=='LOCATION'].name\" lists what there is.",
    ),
    (
        r"SkuNotSupported|Premium",
        "Transfer pipelines need registries of the Premium tier.",
        "Move the registry up: az acr update --name REGISTRY --sku Premium.",
    ),
    (
        r"invalid_client|AADSTS|CredentialUnavailable|InvalidAuthenticationToken|ExpiredAuth"
        r"|DefaultAzureCredential failed",
        "Azure does not accept the sign-in, or there is none.",
        "Sign in: az login; or correct ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET.",
    ),
    (
        r"AuthorizationFailed|does not have authorization to perform action",
        "The account that you are signed in with lacks a right.",
        "Have the right that the message names assigned: az role assignment create.",
    ),
    (
        r"TooManyRequests|TOOMANYREQUESTS|SubscriptionRequestsThrottled|ServerBusy|\b429\b",
        "Azure is throttling requests.",
        "Wait a minute, then run the command again.",
    ),
    (
        r"timed? ?out|TimedOut|deadline exceeded",
        "The service gave up waiting.",
        "Run it again; fewer or smaller artifacts in a run take less time.",
    ),
)

_TABLE: tuple[tuple[re.Pattern[str], Diagnosis], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), Diagnosis(meaning, fix))
    for pattern, meaning, fix in _ROWS
)
