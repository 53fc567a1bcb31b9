"""Names and numbers that azure-native refuses in a preview, at their limits."""

import pytest
from emulator_cloud import TENANT, TestCloud, cloud
from emulator_session import Session

from emulator.providers.wire import UNKNOWN, Secret

__all__ = ["cloud"]

Inputs = dict[str, object]
ACCOUNT = "azure-native:storage:StorageAccount"
CONTAINER = "azure-native:storage:BlobContainer"
GROUP = "azure-native:resources:ResourceGroup"
PIPELINE = "azure-native:containerregistry/v20250601preview:ExportPipeline"
POLICY = "azure-native:keyvault:AccessPolicy"
REGISTRY = "azure-native:containerregistry:Registry"
RUN = "azure-native:containerregistry:PipelineRun"
SECRET = "azure-native:keyvault:Secret"
SERVICE = "azure-native:storage:BlobServiceProperties"
VAULT = "azure-native:keyvault:Vault"
WORKSPACE = "azure-native:operationalinsights:Workspace"
GOOD: dict[str, Inputs] = {
    GROUP: {"resourceGroupName": "rg", "location": "westeurope"},
    ACCOUNT: {"accountName": "account1", "kind": "StorageV2", "sku": {"name": "Standard_ZRS"}},
    CONTAINER: {"accountName": "account1", "containerName": "transfer"},
    SERVICE: {"accountName": "account1", "blobServicesName": "default"},
    VAULT: {
        "vaultName": "vault1",
        "properties": {"tenantId": TENANT, "sku": {"family": "A", "name": "standard"}},
    },
    SECRET: {"vaultName": "vault1", "secretName": "secret1", "properties": {"value": "v"}},
    POLICY: {
        "vaultName": "vault1",
        "policy": {"tenantId": TENANT, "objectId": TENANT, "permissions": {}},
    },
    REGISTRY: {"registryName": "registry1", "sku": {"name": "Premium"}},
    PIPELINE: {"registryName": "registry1", "exportPipelineName": "pipeline1", "target": {}},
    RUN: {"registryName": "registry1", "pipelineRunName": "run01"},
    WORKSPACE: {"workspaceName": "workspace1"},
}


@pytest.fixture
def session(cloud: TestCloud) -> Session:
    return Session(cloud)


def good(token: str, **changes: object) -> Inputs:
    return {"resourceGroupName": "rg", **GOOD[token], **changes}


@pytest.mark.parametrize(
    ("token", "name", "shortest", "longest"),
    [
        (GROUP, "resourceGroupName", 1, 90),
        (ACCOUNT, "accountName", 3, 24),
        (CONTAINER, "containerName", 3, 63),
        (REGISTRY, "registryName", 5, 50),
        (PIPELINE, "exportPipelineName", 5, 50),
        (RUN, "pipelineRunName", 5, 50),
        (WORKSPACE, "workspaceName", 4, 63),
    ],
)
def test_names_have_a_least_and_a_greatest_length(
    session: Session, token: str, name: str, shortest: int, longest: int
) -> None:
    assert session.check(token, good(token, **{name: "a" * shortest})) == {}
    assert session.check(token, good(token, **{name: "a" * longest})) == {}
    assert session.check(token, good(token, **{name: "a" * (longest + 1)})) == {
        name: f"'{name}' is too long ({longest + 1}): at most {longest} characters allowed"
    }
    short = session.check(token, good(token, **{name: "a" * (shortest - 1)}))
    assert list(short) == [name]


def test_a_name_that_is_too_short_says_so(session: Session) -> None:
    assert session.check(CONTAINER, good(CONTAINER, containerName="ab")) == {
        "containerName": "'containerName' is too short (2): at least 3 characters required"
    }


@pytest.mark.parametrize(
    ("token", "name", "value", "pattern"),
    [
        (ACCOUNT, "accountName", "Account1", "^[a-z0-9]+$"),
        (VAULT, "vaultName", "v" * 25, "^[a-zA-Z0-9-]{3,24}$"),
        (VAULT, "vaultName", "vault_1", "^[a-zA-Z0-9-]{3,24}$"),
        (SECRET, "secretName", "secret_1", "^[a-zA-Z0-9-]{1,127}$"),
        (REGISTRY, "registryName", "registry-1", "^[a-zA-Z0-9]*$"),
        (PIPELINE, "exportPipelineName", "pipeline_1", "^[a-zA-Z0-9]*$"),
    ],
)
def test_names_match_an_expression(
    session: Session, token: str, name: str, value: str, pattern: str
) -> None:
    assert session.check(token, good(token, **{name: value})) == {
        name: f"'{name}' does not match expression '{pattern}'"
    }


def test_days_have_a_least_and_a_greatest_number(session: Session) -> None:
    def days(number: int) -> dict[str, str]:
        policy = {"enabled": True, "days": number}
        return session.check(SERVICE, good(SERVICE, deleteRetentionPolicy=policy))

    path = "deleteRetentionPolicy.days"
    assert days(1) == {}
    assert days(365) == {}
    assert days(0) == {path: f"'{path}' is too low (0.000000 < 1.000000)"}
    assert days(366) == {path: f"'{path}' is too high (366.000000 > 365.000000)"}


def test_what_a_preview_does_not_know_passes(session: Session) -> None:
    assert session.check(ACCOUNT, good(ACCOUNT, accountName=UNKNOWN)) == {}


def test_secret_names_are_checked_too(session: Session) -> None:
    assert list(session.check(ACCOUNT, good(ACCOUNT, accountName=Secret("A")))) == ["accountName"]


def test_an_access_policy_has_no_limits(session: Session) -> None:
    assert session.check(POLICY, good(POLICY, vaultName="v_")) == {}
