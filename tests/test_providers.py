"""A provider of another subscription is signed in as the stack's own, in the stack's cloud."""

import inspect
import json
from collections.abc import Iterator

import pulumi
import pulumi_azure_native as azure_native
import pytest
from mock_engine import Registration, record

from components.azure.providers import provider_for

# Said by the caller, or no setting of a sign-in.
NOT_PASSED_ON = {"subscriptionId", "location"}
SECRETS = {"clientSecret", "clientCertificatePassword", "oidcToken", "oidcRequestToken"}


def settings() -> dict[str, str]:
    """Give every setting of the SDK's class with a value of its kind."""
    parameters = inspect.signature(azure_native.ProviderArgs.__init__).parameters
    kinds = {name: str(item.annotation) for name, item in parameters.items() if name != "__self__"}
    values = {}
    for name, kind in kinds.items():
        first, *rest = name.split("_")
        key = first + "".join(part.capitalize() for part in rest)
        values[key] = "true" if "bool" in kind else '["a"]' if "Sequence" in kind else f"my-{key}"
    return {key: value for key, value in values.items() if key not in NOT_PASSED_ON}


def provider(config: dict[str, str]) -> Registration:
    """Make a provider in a stack with these settings of azure-native."""

    def program() -> pulumi.Output[str]:
        keys = {f"azure-native:{key}": value for key, value in config.items()}
        pulumi.runtime.set_all_config(keys, [f"azure-native:{key}" for key in SECRETS])
        parent = pulumi.ComponentResource("acrtransfer:index:Side", "side")
        return provider_for("other", "0000-1111", parent).urn

    return record(program).only("pulumi:providers:azure-native")


@pytest.fixture(autouse=True)
def own_surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("ARM_ENVIRONMENT", "AZURE_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    yield
    pulumi.runtime.set_all_config({})


def test_every_sign_in_setting_of_the_sdk_is_passed_on() -> None:
    wanted = settings()

    made = provider(wanted)

    assert len(wanted) > 15
    given = {key: value for key, value in made.inputs.items() if key not in NOT_PASSED_ON}
    assert {key: json.dumps(value) for key, value in given.items()}.keys() == wanted.keys()
    assert {key: str(value).replace(" ", "") for key, value in given.items()} == wanted
    assert made.inputs["subscriptionId"] == "0000-1111"
    assert made.secret_inputs >= SECRETS


@pytest.mark.parametrize("variable", ["ARM_ENVIRONMENT", "AZURE_ENVIRONMENT"])
def test_the_cloud_of_a_variable_holds_for_other_subscriptions_too(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "usgovernment")

    assert provider({}).inputs["environment"] == "usgovernment"
    assert provider({"environment": "china"}).inputs["environment"] == "china"


def test_without_a_cloud_the_choice_is_left_to_the_provider() -> None:
    assert provider({}).inputs["environment"] == ""
