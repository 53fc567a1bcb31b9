"""Each side signs in as its stack says, else as the environment does; equal sides do so once."""

import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest
from azure.core.credentials import TokenCredential
from azure.identity import ClientSecretCredential, DefaultAzureCredential
from pydantic import SecretStr

from components.model.errors import SettingsError
from transfer.azure.cloud_access import SignIns, find_credential
from transfer.azure.endpoints import find_endpoints
from transfer.azure.sign_in import SignIn, find_sign_in
from transfer.stacks import MadeResource

ENVIRONMENT = {
    "ARM_TENANT_ID": "tenant-of-environment",
    "ARM_CLIENT_ID": "client-of-environment",
    "ARM_CLIENT_SECRET": "secret-of-environment",
    "ARM_SUBSCRIPTION_ID": "subscription-of-environment",
}
STACK = {"tenantId": "tenant", "clientId": "client", "clientSecret": "TOP-SECRET"}


def sign_in(
    given: Mapping[str, str], environment: Mapping[str, str] | None = None, stack: str = "there"
) -> SignIn:
    told = {name: SecretStr(value) for name, value in given.items()}
    return find_sign_in("target", stack, told, environment or {})


def problems(given: Mapping[str, str], environment: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        sign_in(given, environment)
    return [str(problem) for problem in caught.value.problems]


def test_the_stack_wins_over_the_environment() -> None:
    found = sign_in(
        {**STACK, "subscriptionId": "subscription", "environment": "China"}, ENVIRONMENT
    )

    assert found == SignIn(
        cloud="china", tenant="tenant", client="client", secret=SecretStr("TOP-SECRET")
    )
    assert found.subscription == "subscription"
    assert "TOP-SECRET" not in repr(found)


def test_what_the_stack_does_not_say_is_taken_from_the_environment() -> None:
    found = sign_in({"clientSecret": "TOP-SECRET"}, ENVIRONMENT | {"ARM_METADATA_HOST": "host"})

    assert found == SignIn(
        metadata_host="host",
        tenant="tenant-of-environment",
        client="client-of-environment",
        secret=SecretStr("TOP-SECRET"),
    )
    assert found.subscription == "subscription-of-environment"


def test_a_setting_that_is_empty_names_no_application() -> None:
    found = sign_in({"clientId": "", "clientSecret": "", "environment": ""}, ENVIRONMENT)

    assert (found.client, found.cloud) == ("", "public")


def test_a_metadata_host_makes_the_clouds_name_meaningless_as_for_the_provider() -> None:
    found = sign_in({"metadataHost": "host:1", "environment": "mine"})

    assert found.metadata_host == "host:1"


def test_an_unknown_cloud_of_a_stack_names_the_side_and_what_to_type() -> None:
    assert problems({"environment": "german"}) == [
        "azure-native:environment 'german' is not valid: the cloud of the target side, stack "
        "'there', is one of public, usgovernment, china. Type: pulumi config set "
        "azure-native:environment public -s there"
    ]


def test_an_unknown_cloud_of_the_environment_names_the_variable() -> None:
    [problem] = problems({}, {"ARM_ENVIRONMENT": "german"})

    assert problem.startswith("ARM_ENVIRONMENT 'german' is not valid")
    assert "Unset it" in problem


def test_an_application_without_its_secret_names_the_command() -> None:
    assert problems({"tenantId": "t", "clientId": "c"}) == [
        "azure-native:clientSecret None is not valid: the target side, stack 'there', signs in as "
        "an application, by tenantId, clientId, clientSecret. Type: pulumi config set --secret "
        "azure-native:clientSecret -s there"
    ]


def test_a_secret_without_tenant_and_application_names_both_and_no_secret() -> None:
    found = problems({"clientSecret": "TOP-SECRET"})

    assert [problem.split()[0] for problem in found] == [
        "azure-native:tenantId",
        "azure-native:clientId",
    ]
    assert "TOP-SECRET" not in str(found)


@pytest.mark.parametrize("way", ["useOidc", "useMsi", "useDefaultAzureCredential"])
def test_an_application_that_has_no_secret_by_design_is_left_to_azure_identity(way: str) -> None:
    found = sign_in({"tenantId": "t", "clientId": "c", way: "true"})

    assert found == SignIn(tenant="t")


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        (
            STACK,
            "Correct azure-native:tenantId, azure-native:clientId, azure-native:clientSecret: "
            "pulumi config -s there",
        ),
        ({"tenantId": "t"}, "az login --tenant t"),
        (
            {"tenantId": "t", "environment": "usgovernment"},
            "az cloud set --name AzureUSGovernment && az login --tenant t",
        ),
        ({}, ""),
    ],
    ids=["application", "tenant", "cloud", "nothing"],
)
def test_what_to_type_follows_from_how_the_side_signs_in(
    given: dict[str, str], advice: str
) -> None:
    assert sign_in(given).advice == advice


def credential(found: SignIn) -> TokenCredential:
    return find_credential(find_endpoints(found, {}), found)


def test_an_application_signs_in_by_itself_and_anything_else_is_azure_identitys() -> None:
    assert isinstance(credential(sign_in({}, ENVIRONMENT)), ClientSecretCredential)
    assert isinstance(credential(sign_in({})), DefaultAzureCredential)


def test_az_is_asked_for_the_tenant_that_the_stack_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = {"accessToken": "token", "expires_on": 4102444800}
    program = tmp_path / "az"
    program.write_text(f"#!/bin/sh\necho \"$@\" >> {tmp_path}/calls\necho '{json.dumps(token)}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential")
    scope = "https://management.azure.com/.default"

    for given in ({"tenantId": "72f988bf"}, {}):
        assert credential(sign_in(given)).get_token(scope).token == "token"

    calls = (tmp_path / "calls").read_text().splitlines()
    assert [call.endswith("--tenant 72f988bf") for call in calls] == [True, False]


class ToldStack:
    """A stack that tells Pulumi's provider something."""

    def __init__(self, name: str, told: Mapping[str, str]) -> None:
        self.name = name
        self._told = told

    def exists(self) -> bool:
        raise AssertionError("the stack is looked for")

    def outputs(self) -> dict[str, object]:
        raise AssertionError("the outputs are read")

    def resources(self) -> list[MadeResource]:
        raise AssertionError("the state is read")

    def config(self) -> dict[str, str]:
        raise AssertionError("the configuration is read")

    def secret_keys(self) -> frozenset[str]:
        raise AssertionError("the configuration is read")

    def provider_config(self, names: Collection[str]) -> dict[str, SecretStr]:
        return {name: SecretStr(self._told[name]) for name in names if name in self._told}

    def up(self, exclude: object = ()) -> None:
        raise AssertionError(f"it is up with {exclude}")


def test_sides_that_sign_in_alike_share_one_credential_and_keep_their_names() -> None:
    sign_ins = SignIns(ENVIRONMENT)
    named = {"subscriptionId": "other", "tenantId": ENVIRONMENT["ARM_TENANT_ID"]}

    source = sign_ins.access("source", ToldStack("here", {}))
    target = sign_ins.access("target", ToldStack("there", named))

    assert source.credential is target.credential
    assert source.clients is target.clients
    assert (source.whose, target.whose) == (
        "source side, stack 'here'",
        "target side, stack 'there'",
    )


def test_sides_of_two_tenants_or_two_clouds_share_nothing() -> None:
    sign_ins = SignIns(ENVIRONMENT)

    accesses = [
        sign_ins.access("source", ToldStack("here", {})),
        sign_ins.access("target", ToldStack("there", STACK)),
        sign_ins.access("target", ToldStack("far", {**STACK, "environment": "china"})),
    ]

    assert len({id(access.credential) for access in accesses}) == 3
    assert [access.endpoints.authority for access in accesses] == [
        "https://login.microsoftonline.com",
        "https://login.microsoftonline.com",
        "https://login.chinacloudapi.cn",
    ]
