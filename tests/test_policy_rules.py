"""The rules of the policy pack: what each refuses, what it lets pass, and what it cannot know."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from existing_ids import ACCOUNT, CONTAINER, VAULT
from mock_engine import Recording
from sides import source, target

from components.model.names import SIDES
from components.model.role_ids import (
    KEY_VAULT_SECRETS_USER,
    STORAGE_BLOB_DATA_CONTRIBUTOR,
    STORAGE_BLOB_DATA_READER,
)
from components.model.sas_terms import Grant, SasKind
from policy.rules import RULES
from policy.rules.rule import UNKNOWN, Resource, Rule

BY_NAME = {rule.name: rule for rule in RULES}
STACK = "urn:pulumi:contoso-target::acr-transfer::pulumi:pulumi:Stack::acr-transfer-contoso-target"
GROUP = "/subscriptions/1/resourceGroups/rg/providers"
ROLES = "/subscriptions/1/providers/Microsoft.Authorization/roleDefinitions"
SAS = "?sv=2021-12-02&sr=c&spr=https&st=2026-11-01T00:00:00Z&se=2026-12-01T00:00:00Z&sig=abc"
KEY = "A" * 86 + "=="


def of(kind: str, **properties: Any) -> Resource:
    """Give a resource of azure-native."""
    return Resource(f"azure-native:{kind}", "it", properties, urn=f"urn:{kind}")


def secret(sas: str, name: str = "acrexportsas", **attributes: object) -> Resource:
    """Give a secret with a SAS."""
    properties = {"value": sas, "attributes": {"expires": 1796083200, **attributes}}
    return of("keyvault:Secret", secretName=name, properties=properties)


def vault(**properties: object) -> Resource:
    """Give a vault that is as it must be, but for these properties."""
    good = {
        "enableSoftDelete": True,
        "enablePurgeProtection": True,
        "networkAcls": {"defaultAction": "Deny", "bypass": "AzureServices"},
    }
    return of("keyvault:Vault", vaultName="acrt-src-1", properties={**good, **properties})


def stack(**outputs: object) -> Resource:
    """Give a stack with these outputs."""
    return Resource("pulumi:pulumi:Stack", "stack", outputs, urn=STACK)


def faults(rule: Rule, *resources: Resource) -> list[str]:
    """Say what a rule finds, of single resources and of the stack that they are."""
    told = [
        fault
        for resource in resources
        for fault in rule.faults(replace(resource, settings=rule.settings))
    ]
    return told + [fault for _, fault in rule.faults_of_stack(resources)]


PIPELINE = of(
    "containerregistry:ExportPipeline",
    identity={"userAssignedIdentities": {"id": {"principalId": "mine"}}},
)
ACCESS = {"get": {"secrets": ["get"]}, "more": {"secrets": ["get", "list"]}}
# Of each rule, resources that it refuses, and what it says of them first.
BAD: Mapping[str, Sequence[tuple[Sequence[Resource], str]]] = {
    "storage-https": [
        ([of("storage:StorageAccount")], "enableHttpsTrafficOnly is not set"),
        ([of("storage:StorageAccount", enableHttpsTrafficOnly=False)], "is False"),
    ],
    "storage-tls": [
        ([of("storage:StorageAccount", minimumTlsVersion="TLS1_0")], "is 'TLS1_0'"),
    ],
    "storage-private": [
        ([of("storage:StorageAccount", allowBlobPublicAccess=True)], "is True"),
        ([of("storage:BlobContainer", publicAccess="Blob")], "publicAccess is 'Blob'"),
    ],
    "storage-soft-delete": [
        (
            [of("storage:BlobServiceProperties", deleteRetentionPolicy={"enabled": True})],
            "containerDeleteRetentionPolicy.enabled is not set",
        ),
    ],
    "sas-letters": [
        ([secret(f"{SAS}&sp=rawld")], "the SAS permits 'rawld', of which aclrw is needed"),
        ([secret(f"{SAS}&sp=rwl", "acrimportsas")], "of which dlr is needed"),
        ([secret(f"{SAS}&sp=rawld", "other")], "of which aclrw or dlr is needed"),
        ([secret("?sp=rl&sig=abc")], "the SAS is valid for 'http and https'"),
    ],
    "sas-life": [
        ([secret(f"{SAS}&se=2027-12-01T00:00:00Z")], "the SAS is valid for 395 days, of at most"),
        ([secret("?se=2026-12-01&sig=abc")], "the SAS has no start"),
    ],
    "sas-of-one-container": [
        ([secret("?ss=b&srt=co&sig=abc")], "of the whole account, with resource types 'co'"),
    ],
    "vault-recoverable": [
        ([vault(enableSoftDelete=False)], "properties.enableSoftDelete is False"),
        ([vault(enablePurgeProtection=None)], "enablePurgeProtection is not set"),
    ],
    "vault-firewall": [
        ([vault(networkAcls=None)], "networkAcls.defaultAction is not set"),
        ([vault(networkAcls={"defaultAction": "Deny", "bypass": "None"})], "bypass is 'None'"),
    ],
    "vault-no-inline-policies": [([vault(accessPolicies=[])], "is set, with 0 entries")],
    "vault-get-only": [
        ([of("keyvault:AccessPolicy", policy={"permissions": ACCESS["more"]})], "['get', 'list']"),
        ([of("keyvault:AccessPolicy", policy={"permissions": {"keys": ["get"]}})], ".keys is"),
    ],
    "secret-expiry": [([secret(SAS, expires=None)], "attributes.expires is not set")],
    "least-role": [
        (
            [of("authorization:RoleAssignment", roleDefinitionId=f"{ROLES}/owner")],
            "the role 'owner' is none that a pipeline needs",
        ),
        *(
            (
                [
                    of(
                        "authorization:RoleAssignment",
                        roleDefinitionId=f"{ROLES}/{role}",
                        scope=f"{GROUP}/{scope}",
                    )
                ],
                "is wider than",
            )
            for role, scope in (
                (KEY_VAULT_SECRETS_USER, "Microsoft.KeyVault/vaults/v"),
                (STORAGE_BLOB_DATA_READER, "Microsoft.Storage/storageAccounts/a"),
                (STORAGE_BLOB_DATA_CONTRIBUTOR, "Microsoft.Storage/storageAccounts/a"),
            )
        ),
    ],
    "registry-sign-in": [
        ([of("containerregistry:Registry", adminUserEnabled=True)], "adminUserEnabled is True"),
    ],
    "tenant-grants": [
        ([PIPELINE, of("authorization:RoleAssignment", principalId="theirs")], "'theirs' is of no"),
        (
            [
                of(
                    "containerregistry:ImportPipeline",
                    identity={"type": "systemAssigned", "principalId": "mine"},
                ),
                of("keyvault:AccessPolicy", policy={"objectId": "theirs"}),
            ],
            "policy.objectId 'theirs' is of no pipeline",
        ),
    ],
    "tenant-source": [
        ([stack(contract={"source_stack": "fabrikam-source"})], "'fabrikam-source'"),
        ([stack(contract={"source_stack": "me/other/contoso-source"})], "'me/other/contoso-source"),
        (
            [
                Resource(
                    "pulumi:pulumi:StackReference",
                    "it",
                    {"name": "organization/acr-transfer/fabrikam-source"},
                    urn=STACK,
                )
            ],
            "name is 'organization/acr-transfer/fabrikam-source'",
        ),
    ],
    "run-artifacts": [
        (
            [of("containerregistry:PipelineRun", request={"artifacts": ["shop/web:1"] * 51})],
            "request.artifacts has 51 entries, of at most 50",
        ),
    ],
    "pipeline-options": [
        ([of("containerregistry:ExportPipeline", options=["OverwriteTags"])], "'OverwriteTags' is"),
        ([of("containerregistry:ImportPipeline", options=["OverwriteBlobs"])], "'OverwriteBlobs'"),
    ],
    "released-apis": [
        (
            [
                of(
                    "resources:Resource",
                    resourceProviderNamespace="Microsoft.KeyVault",
                    resourceType="vaults",
                )
            ],
            "Microsoft.KeyVault/vaults is made as a generic resource",
        ),
        ([of("storage/v20250101preview:StorageAccount")], "is of a preview version"),
    ],
    "azure-names": [
        ([of("storage:StorageAccount", accountName="My-Account")], "accountName is 'My-Account'"),
        ([of("keyvault:Vault", vaultName="a--b")], "vaultName is 'a--b'"),
        ([of("containerregistry:PipelineRun", pipelineRunName="run")], "pipelineRunName is 'run'"),
    ],
    "no-secret-in-outputs": [
        ([stack(sas=f"https://a.example/c{SAS}")], "the output sas holds a key or a SAS"),
        ([stack(told={"all": ["x", KEY]})], "the output told.all[1] holds"),
    ],
    "lasting-resources": [
        ([of("storage:StorageAccount")], "it is not protected"),
        ([vault()], "it is not protected"),
    ],
}
CASES = [(name, *case) for name, cases in BAD.items() for case in cases]


def test_each_rule_has_a_resource_that_it_refuses() -> None:
    assert [*BAD] == [*BY_NAME]


@pytest.mark.parametrize(("name", "resources", "said"), CASES)
def test_a_rule_says_what_is_wrong_and_how_to_mend_it(
    name: str, resources: Sequence[Resource], said: str
) -> None:
    first, *_ = faults(BY_NAME[name], *resources)

    assert said in first
    assert first.endswith(f". {BY_NAME[name].fix}")
    assert "sig=" not in first
    assert KEY not in first


def hidden(value: object) -> object:
    """Give the same data with nothing known in it but its shape."""
    if isinstance(value, Mapping):
        return {key: hidden(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [hidden(inner) for inner in value]
    return UNKNOWN


# These look at no value.
SEE_ALL = {"vault-no-inline-policies", "lasting-resources"}


@pytest.mark.parametrize(
    ("name", "resources", "said"),
    [
        case
        for case in CASES
        if case[0] not in SEE_ALL and "not set" not in case[2] and "preview" not in case[2]
    ],
)
def test_what_is_not_known_yet_is_not_refused(
    name: str, resources: Sequence[Resource], said: str
) -> None:
    unknown = []
    for resource in resources:
        properties = hidden(resource.properties)
        assert isinstance(properties, Mapping), said
        unknown.append(replace(resource, properties=properties))

    assert faults(BY_NAME[name], *unknown) == []


GOOD: Mapping[str, Sequence[Resource]] = {
    "sas-letters": [secret(f"{SAS}&sp=rl", "acrimportsas"), secret("no SAS at all")],
    "sas-life": [secret(SAS), secret("?si=policy&sig=abc")],
    "sas-of-one-container": [secret(SAS)],
    "vault-get-only": [of("keyvault:AccessPolicy", policy={"permissions": ACCESS["get"]})],
    "tenant-grants": [
        PIPELINE,
        of("authorization:RoleAssignment", principalId="mine"),
        of("keyvault:AccessPolicy", policy={"objectId": "mine"}),
    ],
    "tenant-source": [
        stack(contract={"source_stack": "organization/acr-transfer/contoso-source"}),
        stack(contract={"source_stack": "contoso-source"}),
        stack(contract={"source_stack": ""}),
        stack(),
    ],
    "released-apis": [
        of("containerregistry/v20250601preview:ExportPipeline"),
        of(
            "resources:Resource",
            resourceProviderNamespace="Microsoft.ContainerRegistry",
            resourceType="exportPipelines",
        ),
    ],
    "no-secret-in-outputs": [
        stack(contract={"uri": "https://a.example/c", "digest": f"sha256:{'a' * 64}"}),
        secret(SAS),
    ],
    "lasting-resources": [replace(vault(), is_protected=True)],
}


@pytest.mark.parametrize("name", GOOD)
def test_a_rule_lets_pass_what_keeps_it(name: str) -> None:
    assert faults(BY_NAME[name], *GOOD[name]) == []


def made(recording: Recording) -> list[Resource]:
    """Give what the components have registered."""
    return [
        Resource(
            item.type if ":index:" in item.type else f"azure-native:{item.type}",
            item.name,
            item.inputs,
            is_protected=item.protect,
        )
        for item in recording.registrations
    ]


@pytest.mark.parametrize(
    "args",
    [
        {},
        {"protect": True, "sas_policy": "block", "vault_addresses": ["203.0.113.7"]},
        {"storage_access": "managed-identity"},
        {"storage_access": "managed-identity", "identity": "system-assigned"},
        {"vault": "roles"},
        {"vault": VAULT, "storage": ACCOUNT},
        {"storage": CONTAINER},
        {"sas_kind": "account"},
        {"create_registry": True},
    ],
    ids=str,
)
def test_what_the_components_make_keeps_every_mandatory_rule(args: dict[str, Any]) -> None:
    both = [made(source(**args)), made(target(import_by="runs", **args))]

    mandatory = [rule for rule in RULES if rule.level == "mandatory"]
    assert [fault for side in both for rule in mandatory for fault in faults(rule, *side)] == []


def test_with_protect_the_components_keep_the_advisory_rules_too() -> None:
    assert [fault for rule in RULES for fault in faults(rule, *made(source(protect=True)))] == []


def test_letters_that_the_components_sign_are_allowed() -> None:
    kinds: tuple[SasKind, ...] = ("container", "account")
    for side in SIDES:
        for kind in kinds:
            for deletes in {False, side == "target"}:
                letters = Grant(side, kind, deletes).permissions
                name = {"source": "acrexportsas", "target": "acrimportsas"}[side]
                assert faults(BY_NAME["sas-letters"], secret(f"{SAS}&sp={letters}", name)) == []
