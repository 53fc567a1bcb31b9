"""How the provider signs in: each setting is the stack's own, else that of a variable."""

from collections.abc import Mapping

from emulator.account import FIRST_CLOUD, Account
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


def sign_in(
    account: Account,
    managers: Mapping[str, ResourceManager],
    variables: Mapping[str, str],
    config: Properties,
) -> tuple[str, Caller]:
    """Give the cloud that is meant and who calls; refuse what is no application there."""
    settings = {
        name: text(config, name) or variables.get(variable, "")
        for name, variable in VARIABLES.items()
    }
    cloud = _cloud(managers, settings["metadataHost"])
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


def _cloud(managers: Mapping[str, ResourceManager], host: str) -> str:
    if not host:
        return FIRST_CLOUD
    for name, manager in managers.items():
        if manager.cloud.front_url == f"https://{host}":
            return name
    known = ", ".join(manager.cloud.front_url for manager in managers.values())
    raise EmulatorError(f"The metadata host '{host}' is none of the emulated clouds: {known}.")
