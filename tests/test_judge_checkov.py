"""What Checkov is shown of the sides, and how its verdicts are held against docs/security.md.

Checkov itself runs in `make judges`.
"""

import pytest

from components.testing import RESOURCES
from judges.checkov.arm import arm_template
from judges.checkov.judge import PAGE, Outcome, claimed, verdicts, waived
from judges.checkov.made import ARRANGEMENTS, Made, made_in
from judges.checkov.terraform import terraform_form

TEXT = PAGE.read_text(encoding="utf-8")
WHERE = frozenset({"default/main.tf azurerm_storage_account.source"})
NOWHERE: frozenset[str] = frozenset()


@pytest.fixture(scope="module")
def made() -> list[Made]:
    return [one for arrangement in ARRANGEMENTS for one in made_in(arrangement)]


def test_every_type_that_the_components_make_is_judged(made: list[Made]) -> None:
    azures = {kind for kind in RESOURCES if not kind.startswith(("pulumi:", "random:"))}

    assert {one.type for one in made} == azures


def test_a_template_speaks_as_azure_does(made: list[Made]) -> None:
    account = next(one for one in made if one.type == "storage:StorageAccount")
    secret = next(one for one in made if one.type == "keyvault:Secret")

    of_account, of_secret = arm_template([account, secret])["resources"]

    assert of_account["type"] == "Microsoft.Storage/storageAccounts"
    assert of_account["kind"] == "StorageV2"
    assert of_account["properties"]["supportsHttpsTrafficOnly"] is True
    assert of_account["properties"]["networkAcls"]["bypass"] == "AzureServices"
    assert of_secret["name"] == "acrt-src-abcd2345/acrexportsas"
    assert {"exp", "nbf"} <= of_secret["properties"]["attributes"].keys()


def test_terraform_has_the_blob_service_in_its_account(made: list[Made]) -> None:
    kinds = ("storage:StorageAccount", "storage:BlobServiceProperties")
    of_source = [one for one in made if one.type in kinds and one.name.startswith("source")][:2]

    text = terraform_form(of_source)

    assert text.startswith('resource "azurerm_storage_account" "source-storage-account" {')
    assert "  blob_properties {\n    delete_retention_policy {\n      days = 7\n" in text
    assert '  min_tls_version = "TLS1_2"\n' in text
    assert '  tags = {"acr-transfer-side": "source"}\n' in text


def test_the_page_waives_what_it_argues_and_claims_the_rest() -> None:
    assert {"CKV_AZURE_33", "CKV_AZURE_139", "CKV2_AZURE_40"} <= waived(TEXT)
    assert {"CKV_AZURE_44", "CKV2_AZURE_38"} <= claimed(TEXT)
    assert waived(TEXT) & claimed(TEXT) == set()


@pytest.mark.parametrize("rule", ["AZR-000004", "AZR-000010", "AZR-000388"])
def test_the_page_argues_the_rules_that_psrule_has(rule: str) -> None:
    assert rule in TEXT


@pytest.mark.parametrize(
    ("outcome", "waived", "claimed", "reason"),
    [
        (Outcome(WHERE, NOWHERE), set(), set(), ""),
        (Outcome(WHERE, NOWHERE), set(), {"CKV_AZURE_1"}, ""),
        (Outcome(NOWHERE, WHERE), {"CKV_AZURE_1"}, set(), ""),
        (Outcome(WHERE, WHERE), {"CKV_AZURE_1"}, set(), ""),
        (Outcome(NOWHERE, WHERE), set(), {"CKV_AZURE_1"}, "fails on default/main.tf"),
        (Outcome(WHERE, NOWHERE), {"CKV_AZURE_1"}, set(), "fails nowhere"),
        (Outcome(NOWHERE, NOWHERE), set(), {"CKV_AZURE_1"}, "is nowhere looked at"),
    ],
)
def test_a_check_is_met_waived_with_need_or_named(
    outcome: Outcome, waived: set[str], claimed: set[str], reason: str
) -> None:
    ((check, found),) = verdicts({"CKV_AZURE_1": outcome}, waived, claimed)

    assert check == "CKV_AZURE_1"
    assert found.startswith(reason) if reason else found == ""
