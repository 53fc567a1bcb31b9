"""What strict companies ask for, each by one setting, and things of other subscriptions."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pulumi
import pytest
from existing_ids import ACCOUNT, CONTAINER, VAULT, WORKSPACE
from mock_engine import SUBSCRIPTION, Recording, record
from sides import AS_OF, SOURCE, source, target

from components.model.options import SourceOptions
from components.source_side import SourceSide, SourceSideArgs

LEAST = {
    "registry_name": "contososource",
    "registry_resource_group": "rg-contoso",
    "images": ["shop/web:1.4"],
    "as_of": AS_OF,
}
ELSEWHERE = "00000000-0000-0000-0000-00000000000e"
THERE = f"/subscriptions/{ELSEWHERE}/resourceGroups/rg-shared/providers"


def both(**args: Any) -> list[Recording]:
    return [source(**args), target(**args)]


def test_an_account_may_block_what_its_policy_forbids() -> None:
    for recording in both(sas_policy="block"):
        account = recording.only("storage:StorageAccount").inputs
        assert account["sasPolicy"] == {
            "sasExpirationPeriod": "7.00:00:00",
            "expirationAction": "Block",
        }
        (call,) = recording.called("storage:listStorageAccountServiceSAS")
        assert call["sharedAccessStartTime"] == "2026-11-18T23:45:00Z"
        assert call["sharedAccessExpiryTime"] == "2026-11-25T23:45:00Z"


@pytest.mark.parametrize(
    ("policy", "days", "grace", "length"),
    [
        ("log", 0, 0, 37),
        ("log", 3, 0, 6),
        ("log", 90, 0, 97),
        ("log", 0, 30, 60),
        ("block", 0, 0, 7),
        ("block", 6, 0, 7),
        ("block", 5, 0, 7),
        ("block", 3, 0, 6),
        ("block", 0, 1, 7),
        ("block", 4, 2, 6),
    ],
)
def test_a_length_that_is_left_open_fits_the_policy(
    policy: str, days: int, grace: int, length: int
) -> None:
    options = SourceOptions.model_validate(
        {"sas_policy": policy, "sas_days": days, "sas_grace_days": grace}
    )

    assert options.sas_window.length.days == length


def test_the_firewall_of_a_vault_admits_the_given_addresses() -> None:
    for recording in both(vault_addresses=["203.0.113.7", "198.51.100.0/24"]):
        assert recording.only("keyvault:Vault").inputs["properties"]["networkAcls"] == {
            "defaultAction": "Deny",
            "bypass": "AzureServices",
            "ipRules": [{"value": "203.0.113.7"}, {"value": "198.51.100.0/24"}],
        }


def test_what_would_be_missed_can_be_protected() -> None:
    for name, recording in zip(("source", "target"), both(protect=True), strict=True):
        protected = {item.name for item in recording.registrations if item.protect}
        assert protected == {
            f"{name}-suffix",
            f"{name}-group",
            f"{name}-storage-account",
            f"{name}-storage-container",
            f"{name}-identity",
            f"{name}-sas-suffix",
            f"{name}-sas-vault",
        }


def test_nothing_is_protected_unasked() -> None:
    assert not any(item.protect for item in source().registrations)


def test_logs_go_to_the_given_workspace() -> None:
    recording = source(log_analytics_workspace=WORKSPACE, create_registry=True)

    sent = {
        item.inputs["resourceUri"].rpartition("/providers/")[2].split("/")[0]: (
            item.inputs["workspaceId"],
            [log["category"] for log in item.inputs["logs"] if log["enabled"]],
        )
        for item in recording.all("monitor:DiagnosticSetting")
    }
    assert sent == {
        "Microsoft.Storage": (WORKSPACE, ["StorageRead", "StorageWrite", "StorageDelete"]),
        "Microsoft.KeyVault": (WORKSPACE, ["AuditEvent"]),
        "Microsoft.ContainerRegistry": (
            WORKSPACE,
            ["ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"],
        ),
    }


def test_without_a_workspace_nothing_of_the_monitor_is_made() -> None:
    assert source().all("monitor:DiagnosticSetting") == []


@pytest.mark.parametrize("location", [None, "westus"])
def test_a_registry_is_made_on_request_and_outlives_the_stack(location: str | None) -> None:
    args: dict[str, Any] = {"location": location} if location else {}

    recording = source(create_registry=True, **args)

    registry = recording.only("containerregistry:Registry")
    assert not recording.called("containerregistry:getRegistry")
    assert registry.retain_on_delete
    assert registry.inputs == {
        "registryName": "contososource",
        "resourceGroupName": "rg-contoso",
        "location": location or "northeurope",
        "sku": {"name": "Premium"},
        "adminUserEnabled": False,
        "anonymousPullEnabled": False,
        "networkRuleBypassOptions": "AzureServices",
        "publicNetworkAccess": "Enabled",
        "zoneRedundancy": "Disabled",
        "policies": {"exportPolicy": {"status": "enabled"}},
        "tags": {"acr-transfer-side": "source"},
    }
    assert "source-registry" in recording.only("containerregistry:ExportPipeline").depends_on
    assert recording.only("storage:StorageAccount").inputs["location"] == (
        location or "northeurope"
    )


OUTSIDE = {
    "storage": f"{THERE}/Microsoft.Storage/storageAccounts/theirs",
    "vault": f"{THERE}/Microsoft.KeyVault/vaults/theirs-policies",
    "identity": f"{THERE}/Microsoft.ManagedIdentity/userAssignedIdentities/theirs",
    "resource_group": f"/subscriptions/{ELSEWHERE}/resourceGroups/rg-transfer",
}


@pytest.mark.parametrize(
    ("key", "made_there"),
    [
        ("storage", {"source-storage-container"}),
        ("vault", {"source-sas-secret", "source-sas-policy"}),
        ("identity", set()),
        (
            "resource_group",
            {
                "source-storage-account",
                "source-storage-blob-service",
                "source-storage-container",
                "source-storage-lifecycle",
                "source-identity",
                "source-sas-vault",
                "source-sas-secret",
                "source-sas-policy",
            },
        ),
    ],
)
def test_what_exists_may_lie_in_another_subscription(key: str, made_there: set[str]) -> None:
    args: dict[str, Any] = {key: OUTSIDE[key]}

    recording = source(**args)

    (provider,) = recording.all("pulumi:providers:azure-native")
    assert provider.inputs["subscriptionId"] == ELSEWHERE
    assert made_there == {
        item.name
        for item in recording.registrations
        if item.provider == provider.name and not item.type.startswith("acrtransfer:")
    }


def test_an_own_account_stays_in_its_subscription_where_the_group_is_elsewhere() -> None:
    group = OUTSIDE["resource_group"]

    recording = source(storage=ACCOUNT, resource_group=group, vault=VAULT)

    for type_ in ("storage:BlobContainer", "keyvault:Secret", "keyvault:AccessPolicy"):
        assert recording.only(type_).provider == "", type_
    assert recording.only("managedidentity:UserAssignedIdentity").provider != ""


def test_a_shared_container_may_lie_in_another_subscription() -> None:
    container = {
        "account_id": f"{THERE}/Microsoft.Storage/storageAccounts/theirs",
        "container": "outbox",
        "uri": "https://theirs.blob.core.windows.net/outbox",
    }

    recording = target(blobs="shared", source={**SOURCE, "container": container})

    (provider,) = recording.all("pulumi:providers:azure-native")
    assert provider.inputs["subscriptionId"] == ELSEWHERE


def test_what_exists_in_the_own_subscription_needs_no_other_provider() -> None:
    own = SUBSCRIPTION.upper().replace("/SUBSCRIPTIONS", "/subscriptions")
    vault = f"{own}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/theirs-policies"

    assert source(vault=vault).all("pulumi:providers:azure-native") == []


@pytest.mark.parametrize(("days", "warns"), [(8, False), (6, True)])
def test_a_sas_of_the_user_warns_in_its_last_week(
    days: int, warns: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    end = datetime(2026, 11, 23, 12, tzinfo=UTC) + timedelta(days=days)
    sas = (
        "?sv=2021-12-02&sr=c&sp=rawl&spr=https&sig=secret"
        f"&st=2026-11-01T00:00:00Z&se={end:%Y-%m-%dT%H:%M:%SZ}"
    )

    source(storage=CONTAINER, sas=sas)

    assert ["nothing rotates it" in text for text in said] == [True] * warns
    assert "sig=" not in "".join(said)


@pytest.mark.parametrize(("access", "says_keys"), [("sas", True), ("managed-identity", False)])
def test_what_stays_open_is_said_when_the_account_is_made_or_changed_and_no_other_time(
    monkeypatch: pytest.MonkeyPatch, access: str, says_keys: bool
) -> None:
    said: list[str] = []
    hooks: dict[str, pulumi.ResourceHook] = {}
    make = pulumi.ResourceHook
    monkeypatch.setattr(pulumi.log, "info", lambda text, *_: said.append(text))
    monkeypatch.setattr(
        pulumi, "ResourceHook", lambda name, *rest: hooks.setdefault(name, make(name, *rest))
    )

    account = source(storage_access=access).only("storage:StorageAccount")

    (before_create, before_update) = account.before_change
    assert said == []
    assert before_create == before_update
    hook = hooks[before_create[0]]
    assert hook.opts is None or not hook.opts.on_dry_run
    hook.callback(pulumi.ResourceHookArgs("urn", "id", "account", "type"))
    assert ["open to the public network" in text for text in said] == [True]
    assert ("allows shared keys" in said[0]) is says_keys


def test_the_days_that_a_sas_has_left_are_counted() -> None:
    def left(**args: object) -> object:
        given = {**LEAST, **args}
        told = cast("SourceSideArgs", given)
        return record(lambda: SourceSide("source", told).sas_days_left).result

    assert left() == 20
    assert left(storage_access="managed-identity") is None
