"""How the provider signs in: each setting is the stack's own, else that of a variable."""

from collections.abc import Mapping

from emulator.account import FIRST_CLOUD, SECOND_CLOUD, Account
from emulator.arm.base import Caller
from emulator.arm.manager import ResourceManager
from emulator.errors import EmulatorError
from emulator.providers.wire import Properties
from emulator.values import text

VARIABLES = {
    "metadataHost": "ARM_METADATA_HOSTNAME",
    "subscriptionId": "ARM_SUBSCRIPTION_ID",
    "tenantId": "ARM_TENANT_ID",
    "clientId": "ARM_CLIENT_ID",
    "clientSecret": "ARM_CLIENT_SECRET",
}
ENVIRONMENT_VARIABLES = ("ARM_ENVIRONMENT", "AZURE_ENVIRONMENT")
# Azure's names for clouds that need no metadata host.
_CLOUDS = {"public": FIRST_CLOUD, "usgovernment": SECOND_CLOUD}


def sign_in(
    account: Account,
    managers: Mapping[str, ResourceManager],
    variables: Mapping[str, str],
    config: Properties,
) -> tuple[str, Caller]:
    """Give the cloud that is meant and who calls; refuse what is no application there."""
    settings = {
        name: _setting(config, variables, name, variable) for name, variable in VARIABLES.items()
    }
    host = settings["metadataHost"]
    environment = _setting(config, variables, "environment", *ENVIRONMENT_VARIABLES)
    cloud = _cloud_at(managers, host) if host else _cloud_named(environment)
    default = account.default
    caller = Caller(
        settings["subscriptionId"] or default.subscription_id,
        settings["tenantId"] or default.tenant_id,
        settings["clientId"] or default.client_id,
    )
    # Without a secret the provider takes the login of az, which nobody emulates.
    if settings["clientSecret"]:
        account.require_application(
            cloud, caller.tenant_id, caller.client_id, settings["clientSecret"]
        )
    return cloud, caller


def _setting(config: Properties, variables: Mapping[str, str], name: str, *names_there: str) -> str:
    """Give a setting; one that the stack has wins, an empty one too."""
    if name in config:
        return text(config, name)
    return next((variables[there] for there in names_there if variables.get(there)), "")


def _cloud_at(managers: Mapping[str, ResourceManager], host: str) -> str:
    for name, manager in managers.items():
        if manager.cloud.front_url == f"https://{host}":
            return name
    known = ", ".join(manager.cloud.front_url for manager in managers.values())
    raise EmulatorError(f"The metadata host '{host}' is none of the emulated clouds: {known}.")


def _cloud_named(environment: str) -> str:
    """Give the cloud of a name; "" is decided by az, which is signed in to the first one."""
    cloud = _CLOUDS.get(environment.lower() or "public")
    if cloud is None:
        known = ", ".join(_CLOUDS)
        raise EmulatorError(f"The environment '{environment}' is no emulated cloud: {known}.")
    return cloud
