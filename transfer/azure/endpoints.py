"""Where a cloud is: one of the three that Azure names, or one whose host tells its endpoints."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from azure.core import AzureClouds
from httpx_retries import retry_request

from transfer.azure.sign_in import SignIn
from transfer.errors import CommandFailedError
from transfer.patience import PATIENCE

_METADATA_VERSION = "2022-09-01"
_CLOUDS = {
    "public": AzureClouds.AZURE_PUBLIC_CLOUD,
    "usgovernment": AzureClouds.AZURE_US_GOVERNMENT,
    "china": AzureClouds.AZURE_CHINA_CLOUD,
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
    sign_in: SignIn, environment: Mapping[str, str], transport: httpx.BaseTransport | None = None
) -> Endpoints:
    """Find the endpoints of the cloud that a side signs in to.

    Raises:
        CommandFailedError: the metadata host cannot be reached or answers something else.
    """
    if sign_in.metadata_host:
        return _custom_endpoints(sign_in, environment, transport)
    from azure.identity import AzureAuthorityHosts
    from azure.mgmt.core.tools import get_arm_endpoints

    authorities = {
        "public": AzureAuthorityHosts.AZURE_PUBLIC_CLOUD,
        "usgovernment": AzureAuthorityHosts.AZURE_GOVERNMENT,
        "china": AzureAuthorityHosts.AZURE_CHINA,
    }
    cloud, authority = _CLOUDS[sign_in.cloud], authorities[sign_in.cloud]
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


def authorities_file(environment: Mapping[str, str]) -> str:
    """Name the file of certificate authorities that the environment tells; empty without any."""
    return environment.get("SSL_CERT_FILE") or environment.get("REQUESTS_CA_BUNDLE") or ""


def trusted_authorities(environment: Mapping[str, str]) -> ssl.SSLContext | bool:
    """Give the certificate authorities that the environment names; else httpx's own choice."""
    bundle = authorities_file(environment)
    return ssl.create_default_context(cafile=bundle) if bundle else True


def _custom_endpoints(
    sign_in: SignIn, environment: Mapping[str, str], transport: httpx.BaseTransport | None
) -> Endpoints:
    host = f"{sign_in.whose}: the metadata host {sign_in.metadata_host!r}"
    url = f"https://{sign_in.metadata_host}/metadata/endpoints"
    look = f"curl '{url}?api-version={_METADATA_VERSION}'"
    try:
        with httpx.Client(transport=transport, verify=trusted_authorities(environment)) as client:
            parameters = {"api-version": _METADATA_VERSION}
            answer = retry_request(client, "GET", url, params=parameters, retry=PATIENCE)
            answer.raise_for_status()
            document = answer.json()
    except (httpx.HTTPError, OSError, ValueError) as error:
        raise CommandFailedError(
            f"{host} does not tell its cloud's endpoints: {error}. A custom cloud answers GET "
            "/metadata/endpoints by https, and its certificate authority is named by "
            "SSL_CERT_FILE. azure-native:metadataHost of the stack, else ARM_METADATA_HOSTNAME, "
            "names the host.",
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
            f"{host} tells no usable endpoints: resourceManager, authentication.loginEndpoint and "
            "authentication.audiences are needed.",
            look,
        ) from error
