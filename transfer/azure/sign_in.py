"""How a side signs in: each setting is its stack's own, else the environment's.

Pulumi's provider looks in this order too, so `pulumi up` and the command act as the same account.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import SecretStr

from components.model.errors import Problem, SettingsError
from components.model.names import Side

CLOUDS = ("public", "usgovernment", "china")
_APPLICATION = {
    "tenantId": "ARM_TENANT_ID",
    "clientId": "ARM_CLIENT_ID",
    "clientSecret": "ARM_CLIENT_SECRET",
}
# With one of these an application needs no secret, and azure-identity finds what it has instead.
_WITHOUT_SECRET = {
    "clientCertificatePath": "ARM_CLIENT_CERTIFICATE_PATH",
    "useOidc": "ARM_USE_OIDC",
    "useMsi": "ARM_USE_MSI",
    "useDefaultAzureCredential": "ARM_USE_DEFAULT_AZURE_CREDENTIAL",
}
_VARIABLES = {
    "metadataHost": "ARM_METADATA_HOSTNAME",
    "environment": "ARM_ENVIRONMENT",
    "subscriptionId": "ARM_SUBSCRIPTION_ID",
    **_APPLICATION,
    **_WITHOUT_SECRET,
}
NAMES = tuple(_VARIABLES)
# As `az cloud list` names the clouds that are not the public one.
OTHER_AZ_CLOUDS = {"usgovernment": "AzureUSGovernment", "china": "AzureChinaCloud"}


@dataclass(frozen=True)
class SignIn:
    """Where a side signs in, in which tenant, as which application; "" is left to azure-identity.

    Sides that are equal here sign in once.
    """

    metadata_host: str = ""
    cloud: str = "public"
    tenant: str = ""
    client: str = ""
    secret: SecretStr = field(default=SecretStr(""))
    """Empty without an application."""
    subscription: str = field(default="", compare=False)
    whose: str = field(default="", compare=False)
    """The side and its stack, as errors name them."""
    advice: str = field(default="", compare=False)
    """What to type when the sign-in is not accepted; empty if Azure's message tells more."""


def find_sign_in(
    side: Side, stack: str, given: Mapping[str, SecretStr], environment: Mapping[str, str]
) -> SignIn:
    """Find how a side signs in.

    Args:
        given: What the stack tells Pulumi's provider, by the names of its settings.

    Raises:
        SettingsError: the cloud is unknown, or the stack names an application without all of it.
    """
    values = {name: environment.get(variable, "") for name, variable in _VARIABLES.items()}
    values["metadataHost"] = values["metadataHost"] or environment.get("ARM_METADATA_HOST", "")
    values |= {name: value.get_secret_value() for name, value in given.items()}
    whose = f"{side} side, stack {stack!r}"
    told = {name for name, value in given.items() if value.get_secret_value()}
    names_application = bool({"clientId", "clientSecret"} & told)
    problems = [*_cloud_problems(values, whose, stack if "environment" in told else "")]
    if names_application:
        problems += _application_problems(values, whose, stack)
    if problems:
        raise SettingsError(problems)
    has_application = all(values[name] for name in _APPLICATION)
    return SignIn(
        metadata_host=values["metadataHost"],
        cloud=values["environment"].lower() or "public",
        tenant=values["tenantId"],
        client=values["clientId"] if has_application else "",
        secret=SecretStr(values["clientSecret"] if has_application else ""),
        subscription=values["subscriptionId"],
        whose=whose,
        advice=_advice(values, stack if names_application else "", has_application=has_application),
    )


def _cloud_problems(values: Mapping[str, str], whose: str, stack: str) -> Iterator[Problem]:
    name = values["environment"] or "public"
    # The provider does not look at it either where a metadata host is named.
    if name.lower() in CLOUDS or values["metadataHost"]:
        return
    rule = f"the cloud of the {whose}, is one of {', '.join(CLOUDS)}"
    if stack:
        fix = f"Type: pulumi config set azure-native:environment public -s {stack}"
        yield Problem("azure-native:environment", name, rule, fix)
    else:
        fix = (
            "Unset it for the public cloud, or name a custom cloud's host in ARM_METADATA_HOSTNAME."
        )
        yield Problem("ARM_ENVIRONMENT", name, rule, fix)


def _application_problems(values: Mapping[str, str], whose: str, stack: str) -> Iterator[Problem]:
    if any(values[name] not in ("", "false") for name in _WITHOUT_SECRET):
        return
    rule = f"the {whose}, signs in as an application, by {', '.join(_APPLICATION)}"
    for name in _APPLICATION:
        if not values[name]:
            value = (
                "--secret azure-native:clientSecret"
                if name == "clientSecret"
                else (f"azure-native:{name} ID")
            )
            fix = f"Type: pulumi config set {value} -s {stack}"
            yield Problem(f"azure-native:{name}", None, rule, fix)


def _advice(values: Mapping[str, str], stack: str, *, has_application: bool) -> str:
    if has_application:
        names = ", ".join(f"azure-native:{name}" for name in _APPLICATION)
        return f"Correct {names}: pulumi config -s {stack}" if stack else ""
    login = f"az login --tenant {values['tenantId']}" if values["tenantId"] else "az login"
    cloud = "" if values["metadataHost"] else OTHER_AZ_CLOUDS.get(values["environment"].lower(), "")
    if cloud:
        # az is signed in to one cloud at a time.
        return f"az cloud set --name {cloud} && {login}"
    return login if values["tenantId"] else ""
