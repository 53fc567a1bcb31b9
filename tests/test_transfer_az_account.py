"""What `az` says of its account is taken where a stack and the environment name nothing."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from transfer.azure.az_account import AzAccount, describe, read_az_account, subscription_of
from transfer.azure.sign_in import SignIn

ACCOUNT = AzAccount(user="me@contoso.com", tenant="t1", subscription="s1", cloud="AzureCloud")
ANSWER = (
    '{"id": "s1", "tenantId": "t1", "environmentName": "AzureCloud", '
    '"user": {"name": "me@contoso.com", "type": "user"}}'
)
SIGN_IN = SignIn(whose="source side, stack 'source'")
APPLICATION = replace(SIGN_IN, tenant="t2", client="app", secret=SecretStr("TOP-SECRET"))


def install(folder: Path, body: str) -> dict[str, str]:
    """Make a program az, and give the environment that has it."""
    program = folder / "az"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    return {"PATH": str(folder)}


def test_the_active_account_is_read(tmp_path: Path) -> None:
    body = f"[ \"$*\" = 'account show --output json' ] && echo '{ANSWER}'"

    assert read_az_account(install(tmp_path, body)) == ACCOUNT


@pytest.mark.parametrize("body", ["exit 1", "echo no JSON", "echo '{}'", "echo '[]'"])
def test_an_az_that_is_not_signed_in_has_no_account(tmp_path: Path, body: str) -> None:
    assert read_az_account(install(tmp_path, body)) is None


def test_without_az_there_is_no_account() -> None:
    assert read_az_account({}) is None


def test_an_application_of_azure_identity_comes_before_az(tmp_path: Path) -> None:
    environment = install(tmp_path, f"echo '{ANSWER}'")

    assert read_az_account({**environment, "AZURE_CLIENT_ID": "app"}) is None


@pytest.mark.parametrize(
    ("sign_in", "subscription"),
    [
        (SIGN_IN, "s1"),
        (replace(SIGN_IN, tenant="T1"), "s1"),
        (replace(SIGN_IN, subscription="s2"), "s2"),
        (replace(SIGN_IN, tenant="t2"), ""),
        (replace(SIGN_IN, cloud="china"), ""),
        (APPLICATION, ""),
    ],
    ids=["nothing", "its-tenant", "named", "another-tenant", "another-cloud", "application"],
)
def test_the_subscription_of_az_counts_in_its_tenant_and_cloud_alone(
    sign_in: SignIn, subscription: str
) -> None:
    assert subscription_of(sign_in, ACCOUNT) == subscription


@pytest.mark.parametrize(
    ("sign_in", "az", "said"),
    [
        (SIGN_IN, ACCOUNT, "me@contoso.com of az login, tenant t1, subscription s1, cloud public"),
        (
            APPLICATION,
            ACCOUNT,
            "application app, tenant t2, no subscription named, cloud public",
        ),
        (
            replace(SIGN_IN, metadata_host="host:1"),
            None,
            "the account that azure-identity finds, no tenant named, no subscription named, "
            "cloud host:1",
        ),
    ],
    ids=["az", "application", "other"],
)
def test_it_is_said_who_signs_in_where(sign_in: SignIn, az: AzAccount | None, said: str) -> None:
    assert describe(sign_in, az) == f"source side, stack 'source': {said}"
