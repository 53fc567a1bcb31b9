"""The Azure cloud to talk to, found the way custom clouds are told: by the environment.

`ARM_METADATA_HOSTNAME` names the host that tells a custom cloud's endpoints; without it
`ARM_ENVIRONMENT` is public (the default), usgovernment or china.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import httpx
from azure.core import AzureClouds
from azure.core.credentials import TokenCredential
from azure.identity import AzureAuthorityHosts, ClientSecretCredential, DefaultAzureCredential
from azure.mgmt.core.tools import get_arm_endpoints

from transfer.errors import CommandFailedError, WrongUseError

_METADATA_VERSION = "2022-09-01"
_CLOUDS = {
    "public": (AzureClouds.AZURE_PUBLIC_CLOUD, AzureAuthorityHosts.AZURE_PUBLIC_CLOUD),
    "usgovernment": (AzureClouds.AZURE_US_GOVERNMENT, AzureAuthorityHosts.AZURE_GOVERNMENT),
    "china": (AzureClouds.AZURE_CHINA_CLOUD, AzureAuthorityHosts.AZURE_CHINA),
}
# Registries may refuse tokens for Azure Resource Manager (azureADAuthenticationAsArmPolicy), and
# only the public cloud documents an audience of their own.
_PUBLIC_REGISTRY_SCOPE = "https://containerregistry.azure.net/.default"


@dataclass(frozen=True)
class Endpoints:
    """Where a cloud's resource manager and sign-in are, and what tokens are asked for."""

    resource_manager: str
    authority: str
    arm_scope: str
    registry_scope: str
    is_custom: bool


def find_endpoints(
    environment: Mapping[str, str], transport: httpx.BaseTransport | None = None
) -> Endpoints:
    """Read which cloud the environment names.

    Raises:
        WrongUseError: ARM_ENVIRONMENT names no cloud.
        CommandFailedError: the metadata host cannot be reached or answers something else.
    """
    host = environment.get("ARM_METADATA_HOSTNAME") or environment.get("ARM_METADATA_HOST")
    if host:
        return _custom_endpoints(host, environment, transport)
    name = environment.get("ARM_ENVIRONMENT") or "public"
    if name.lower() not in _CLOUDS:
        raise WrongUseError(
            f"ARM_ENVIRONMENT {name!r} is not valid: it is one of {', '.join(_CLOUDS)}. Unset it "
            "for the public cloud, or name a custom cloud's host in ARM_METADATA_HOSTNAME."
        )
    cloud, authority = _CLOUDS[name.lower()]
    arm = get_arm_endpoints(cloud)
    arm_scope = str(arm["credential_scopes"][0])
    is_public = cloud is AzureClouds.AZURE_PUBLIC_CLOUD
    return Endpoints(
        resource_manager=str(arm["resource_manager"]),
        authority=f"https://{authority}",
        arm_scope=arm_scope,
        registry_scope=_PUBLIC_REGISTRY_SCOPE if is_public else arm_scope,
        is_custom=False,
    )


def find_credential(endpoints: Endpoints, environment: Mapping[str, str]) -> TokenCredential:
    """Give the service principal of Pulumi's variables, else whatever azure-identity finds."""
    names = ("ARM_TENANT_ID", "ARM_CLIENT_ID", "ARM_CLIENT_SECRET")
    tenant, client, secret = (environment.get(name, "") for name in names)
    # A custom cloud is not among the authorities that instance discovery knows.
    if tenant and client and secret:
        return ClientSecretCredential(
            tenant,
            client,
            secret,
            authority=endpoints.authority,
            disable_instance_discovery=endpoints.is_custom,
        )
    return cast(
        TokenCredential,
        DefaultAzureCredential(
            authority=endpoints.authority, disable_instance_discovery=endpoints.is_custom
        ),
    )


def trusted_authorities(environment: Mapping[str, str]) -> ssl.SSLContext | bool:
    """Give the certificate authorities that the environment names; else httpx's own choice."""
    bundle = environment.get("SSL_CERT_FILE") or environment.get("REQUESTS_CA_BUNDLE")
    return ssl.create_default_context(cafile=bundle) if bundle else True


def _custom_endpoints(
    host: str, environment: Mapping[str, str], transport: httpx.BaseTransport | None
) -> Endpoints:
    url = f"https://{host}/metadata/endpoints"
    look = f"curl '{url}?api-version={_METADATA_VERSION}'"
    try:
        with httpx.Client(transport=transport, verify=trusted_authorities(environment)) as client:
            answer = client.get(url, params={"api-version": _METADATA_VERSION})
            answer.raise_for_status()
            document = answer.json()
    except (httpx.HTTPError, OSError, ValueError) as error:
        raise CommandFailedError(
            f"ARM_METADATA_HOSTNAME {host!r} does not tell its cloud's endpoints: {error}. "
            "A custom cloud answers GET /metadata/endpoints by https, and its certificate "
            "authority is named by SSL_CERT_FILE.",
            look,
        ) from error
    # Older versions of this API answer with a list.
    cloud = document[0] if isinstance(document, list) and document else document
    try:
        authentication = cloud["authentication"]
        audience = str(authentication["audiences"][0]).rstrip("/")
        return Endpoints(
            resource_manager=str(cloud["resourceManager"]),
            authority=str(authentication["loginEndpoint"]).rstrip("/"),
            arm_scope=f"{audience}/.default",
            registry_scope=f"{audience}/.default",
            is_custom=True,
        )
    except (KeyError, IndexError, TypeError) as error:
        raise CommandFailedError(
            f"ARM_METADATA_HOSTNAME {host!r} tells no usable endpoints: resourceManager, "
            "authentication.loginEndpoint and authentication.audiences are needed.",
            look,
        ) from error
