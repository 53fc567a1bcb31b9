"""How the provider signs in: each setting is the stack's own, else that of a variable."""

from collections.abc import Mapping

from emulator.account import Account
from emulator.arm.base import Caller
from emulator.providers.wire import Properties
from emulator.values import text

_VARIABLES = {
    "subscriptionId": "ARM_SUBSCRIPTION_ID",
    "tenantId": "ARM_TENANT_ID",
    "clientId": "ARM_CLIENT_ID",
    "clientSecret": "ARM_CLIENT_SECRET",
}


def sign_in(account: Account, variables: Mapping[str, str], config: Properties) -> Caller:
    """Give who calls; an application whose secret is wrong is refused."""
    settings = {
        name: text(config, name) or variables.get(variable, "")
        for name, variable in _VARIABLES.items()
    }
    default = account.default
    caller = Caller(
        settings["subscriptionId"] or default.subscription_id,
        settings["tenantId"] or default.tenant_id,
        settings["clientId"] or default.client_id,
    )
    # Without a secret the provider takes the login of az, which nobody emulates.
    if settings["clientSecret"]:
        account.require_application(caller.tenant_id, caller.client_id, settings["clientSecret"])
    return caller
