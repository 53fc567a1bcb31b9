"""The choices of identity and vault, on the recording engine."""

import asyncio
import itertools
from typing import Any

import pulumi
import pytest
from existing_ids import (
    ACCOUNT,
    CONTAINER,
    IDENTITY,
    PRINCIPALS,
    ROLES_VAULT,
    VAULT,
    WORKSPACE,
)
from mock_engine import Recording
from sides import source, target

from components.azure.retries import MAX_ATTEMPTS, retry_and_settle, retry_hook
from components.azure.roles import assignment_name
from components.model.role_ids import KEY_VAULT_SECRETS_USER

VAULTS = ("access-policies", "roles", VAULT, ROLES_VAULT)


def side(name: str, identity: str, vault: str) -> Recording:
    side_ = source if name == "source" else target
    return side_(identity=identity, vault=vault)


@pytest.mark.parametrize(
    ("name", "identity", "vault"),
    [*itertools.product(("source", "target"), PRINCIPALS, VAULTS)],
)
def test_the_one_principal_gets_the_one_right_in_the_way_of_the_vault(
    name: str, identity: str, vault: str
) -> None:
    recording = side(name, identity, vault)

    policies = recording.all("keyvault:AccessPolicy")
    roles = recording.all("authorization:RoleAssignment")
    if vault.endswith("roles"):
        assert policies == []
        assert [item.inputs["principalId"] for item in roles] == [PRINCIPALS[identity]]
        assert roles[0].inputs["principalType"] == "ServicePrincipal"
        assert roles[0].inputs["roleDefinitionId"].endswith(KEY_VAULT_SECRETS_USER)
        secret = recording.only("keyvault:Secret").inputs["secretName"]
        assert roles[0].inputs["scope"].endswith(f"/secrets/{secret}")
    else:
        assert roles == []
        assert [item.inputs["policy"]["objectId"] for item in policies] == [PRINCIPALS[identity]]
        assert policies[0].inputs["policy"]["permissions"] == {"secrets": ["get"]}
    pipelines = [item for item in recording.registrations if item.type.endswith("Pipeline")]
    grant = (policies or roles)[0]
    if identity == "system-assigned":
        assert pipelines[0].name in grant.depends_on
    elif name == "target":
        assert grant.name in pipelines[0].depends_on


def test_runs_wait_for_a_right_that_comes_after_the_pipeline() -> None:
    recording = source(identity="system-assigned")

    assert "source-sas-policy" in recording.only("containerregistry:PipelineRun").depends_on


@pytest.mark.parametrize("vault", [VAULT, ROLES_VAULT])
def test_an_existing_vault_gets_a_secret_of_its_own_name_and_is_not_changed(vault: str) -> None:
    recording = source(vault=vault)

    assert recording.all("keyvault:Vault") == []
    secret = recording.only("keyvault:Secret")
    assert secret.inputs["secretName"] == "acrexportsas-abcd2345"
    assert secret.deleted_with == ""
    target_of_pipeline = recording.only("containerregistry:ExportPipeline").inputs["target"]
    assert target_of_pipeline["keyVaultUri"].endswith(
        ".vault.azure.net/secrets/acrexportsas-abcd2345"
    )


@pytest.mark.parametrize(("vault", "warnings"), [(VAULT, 1), (ROLES_VAULT, 0), ("roles", 0)])
def test_access_policies_in_an_existing_vault_are_warned_of_as_they_open_all_its_secrets(
    vault: str, warnings: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: said.append(text))

    source(vault=vault)

    assert [vault in text and "can read all its secrets" in text for text in said] == (
        [True] * warnings
    )


def test_an_existing_identity_is_not_made() -> None:
    recording = source(identity=IDENTITY)

    assert recording.all("managedidentity:UserAssignedIdentity") == []
    pipeline = recording.only("containerregistry:ExportPipeline")
    assert pipeline.inputs["identity"]["userAssignedIdentities"] == {IDENTITY: {}}


def test_a_vault_with_roles_says_so_when_it_is_made() -> None:
    made = source(vault="roles").only("keyvault:Vault")

    assert made.inputs["properties"]["enableRbacAuthorization"] is True


def test_an_assignment_is_named_by_what_it_grants() -> None:
    name = assignment_name("/scope", "principal", "role")

    assert name == assignment_name("/SCOPE", "Principal", "role")
    assert name != assignment_name("/scope", "other", "role")


@pytest.mark.parametrize(
    ("errors", "is_retried"),
    [
        (["Code=PrincipalNotFound"], True),
        (["Code=PrincipalNotFound"] * (MAX_ATTEMPTS - 1), True),
        (["Code=PrincipalNotFound"] * MAX_ATTEMPTS, False),
        (["Code=AuthorizationFailed"], False),
        (["Code=AuthorizationFailed", "Code=PrincipalNotFound"], False),
    ],
)
def test_only_named_faults_are_tried_again_and_within_a_limit(
    errors: list[str], is_retried: bool
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    decide = retry_hook({"PrincipalNotFound"}, sleep)
    failed = pulumi.ErrorHookArgs(urn="urn", id="", name="role", type="type", errors=errors)

    assert asyncio.run(decide(failed)) is is_retried
    assert all(0 < pause <= 30 for pause in pauses)
    assert len(pauses) == int(is_retried)


def test_the_wait_for_a_new_role_says_what_it_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    hooks: list[Any] = []

    async def sleep(seconds: float) -> None:
        happened.append(f"slept {seconds}")

    monkeypatch.setattr(pulumi.log, "info", happened.append)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(pulumi, "ResourceHook", lambda _, callback: hooks.append(callback))
    monkeypatch.setattr(pulumi, "ErrorHook", lambda *_: None)
    monkeypatch.setattr(pulumi, "ResourceHookBinding", lambda **_: None)
    retry_and_settle("vault-role", (), 60)

    asyncio.run(hooks[0](pulumi.ResourceHookArgs("urn", "id", "vault-role", "type")))

    assert [text.split()[0] for text in happened] == ["vault-role", "slept"]
    assert "waits 60 s (role_wait_seconds)" in happened[0]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"registry_name": "missing1"}, "source registry 'rg-contoso/missing1' is not valid"),
        ({"resource_group": "rg-missing"}, "resource group 'rg-missing' is not valid"),
        ({"identity": f"{IDENTITY}-missing"}, "identity '.*theirs-missing' is not valid"),
        ({"storage": f"{ACCOUNT}missing"}, "storage account '.*theirsmissing' is not valid"),
        ({"storage": f"{CONTAINER}-missing"}, "container '.*/outbox-missing' is not valid"),
        ({"vault": f"{VAULT}-missing"}, "vault '.*theirs-policies-missing' is not valid"),
        ({"log_analytics_workspace": f"{WORKSPACE}-missing"}, "workspace '.*/logs-missing'"),
    ],
)
def test_what_does_not_exist_is_named_before_anything_is_made(
    args: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    invoke = pulumi.runtime.invoke

    def fail_for_missing(token: str, props: dict[str, str], **more: Any) -> object:
        if any("missing" in str(value) for value in props.values()):
            raise RuntimeError(f'invocation of {token} returned an error: Code="NotFound".')
        return invoke(token, props, **more)

    def note(resource: pulumi.CustomResource, *_: object, **__: object) -> None:
        made.append(type(resource).__name__)

    monkeypatch.setattr(pulumi.runtime, "invoke", fail_for_missing)
    monkeypatch.setattr(pulumi.CustomResource, "__init__", note)

    with pytest.raises(
        pulumi.RunError, match=rf'{message}.*Code="NotFound"\. Name an existing one'
    ):
        source(**args)

    assert made == []


@pytest.mark.parametrize(
    ("storage", "container", "made"),
    [(ACCOUNT, "transfer", ["transfer"]), (CONTAINER, "outbox", [])],
)
def test_an_existing_account_gets_a_container_and_an_existing_container_nothing(
    storage: str, container: str, made: list[str]
) -> None:
    recording = source(storage=storage)

    (call,) = recording.called("storage:listStorageAccountServiceSAS")
    containers = recording.all("storage:BlobContainer")
    assert (call["accountName"], call["resourceGroupName"]) == ("theirs", "rg-shared")
    assert call["canonicalizedResource"] == f"/blob/theirs/{container}"
    assert [item.inputs["containerName"] for item in containers] == made
    assert recording.result["container"] == {
        "account_id": ACCOUNT,
        "container": container,
        "uri": f"https://theirs.blob.core.windows.net/{container}",
        "allows_shared_keys": True,
    }
    for type_ in ("StorageAccount", "BlobServiceProperties", "ManagementPolicy"):
        assert recording.all(f"storage:{type_}") == []


BLOCK = {"expirationAction": "Block", "sasExpirationPeriod": "7.00:00:00"}


@pytest.mark.parametrize(
    ("account", "message"),
    [
        ({"allowSharedKeyAccess": False}, "KeyBasedAuthenticationNotPermitted"),
        ({"publicNetworkAccess": "Disabled"}, "acr/issues/857"),
        ({"networkRuleSet": {"defaultAction": "Deny"}}, "acr/issues/857"),
        ({"sasPolicy": BLOCK}, "blocks every SAS that is valid for more than 7.00:00:00"),
        ({"kind": "FileStorage"}, "it holds files only"),
        ({"kind": "StorageV2", "sku": {"name": "Premium_LRS"}}, "it holds page blobs only"),
    ],
)
def test_an_existing_account_that_keeps_the_service_out_is_refused(
    account: dict[str, Any], message: str
) -> None:
    with pytest.raises(pulumi.RunError, match=message):
        source(storage=ACCOUNT, answers={"storage:getStorageAccount": account})


@pytest.mark.parametrize(
    "account",
    [
        {"sasPolicy": BLOCK},
        {"sasPolicy": {**BLOCK, "expirationAction": "Log", "sasExpirationPeriod": "00:10:00"}},
        {"allowSharedKeyAccess": True, "networkRuleSet": {"defaultAction": "Allow"}},
        {"kind": "BlobStorage", "sku": {"name": "Standard_LRS"}},
        {"kind": "BlockBlobStorage", "sku": {"name": "Premium_LRS"}},
    ],
)
def test_an_existing_account_that_lets_the_service_in_is_taken(account: dict[str, Any]) -> None:
    recording = source(
        storage=ACCOUNT,
        sas_days=5,
        sas_grace_days=1,
        answers={"storage:getStorageAccount": account},
    )

    assert recording.result["container"]["account_id"] == ACCOUNT


@pytest.mark.parametrize(("seconds", "hooks"), [(0, 0), (60, 1)])
def test_what_uses_a_new_role_waits_for_it_unless_told_not_to(seconds: int, hooks: int) -> None:
    recording = source(vault="roles", role_wait_seconds=seconds)

    assert len(recording.only("authorization:RoleAssignment").after_create) == hooks
    assert [item for item in recording.all("keyvault:AccessPolicy") if item.after_create] == []
