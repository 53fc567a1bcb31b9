"""Azure's messages are told apart, and each has a fix."""

import pytest

from components.model.diagnosis import _ROWS, explain

FIREWALL = (
    "Failed to access storage. Service request failed. Status: 403 "
    "(This request is not authorized to perform this operation)"
)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (FIREWALL, "firewall turned the request away"),
        (
            "AuthorizationPermissionMismatch: This request is not authorized to perform this "
            "operation using this permission.",
            "lacks a permission",
        ),
        (
            "403 This request is not authorized to perform this operation using this permission.",
            "lacks a permission",
        ),
        (
            "AuthenticationFailed: Server failed to authenticate the request. Make sure the value "
            "of Authorization header is formed correctly including the signature.",
            "does not accept the SAS",
        ),
        ("AuthorizationFailure 403 (Forbidden)", "does not accept the SAS"),
        (
            "KeyBasedAuthenticationNotPermitted: Key based authentication is not permitted on this "
            "storage account.",
            "allowSharedKeyAccess",
        ),
        (
            "Failed to access key vault secret. Status: 403 (Forbidden). The user does not have "
            "secrets get permission on key vault",
            "may not read the vault's secret",
        ),
        ("A secret with (name/id) acrimportsas was not found in this key vault.", "no secret"),
        ("BlobNotFound: The specified blob does not exist.", "no blob of this name"),
        ("ContainerNotFound: The specified container does not exist.", "no container"),
        ("The registry 'contoso' has exports disabled.", "forbids exports"),
        ('manifest tagged by "1.4" is not found', "no artifact of this name"),
        ("MANIFEST_UNKNOWN: manifest unknown", "no artifact of this name"),
        ("TAG_ALREADY_EXISTS: tag 1.4 already exists", "may not overwrite tags"),
        ("BlobAlreadyExists: The specified blob already exists.", "OverwriteBlobs"),
        ("PrincipalNotFound: Principal does not exist in the directory", "new identity"),
        ("AADSTS7000215: Invalid client secret provided.", "sign-in"),
        (
            "AuthorizationFailed: The client does not have authorization to perform action "
            "'Microsoft.Storage/storageAccounts/listServiceSas/action'",
            "lacks a right",
        ),
        (
            "RedundancyConfigurationNotAvailableInRegion: The storage account failed to create due "
            "to redundancy configuration - Sku: Standard_ZRS, Kind: StorageV2 - not available in "
            "selected Region - westus.",
            "no storage accounts of this redundancy",
        ),
        ("SkuUnavailableInZone: The sku Standard_ZRS is not available.", "of this redundancy"),
        ("the operation timed out", "gave up waiting"),
    ],
)
def test_a_message_of_azure_is_known(text: str, meaning: str) -> None:
    diagnosis = explain(text)

    assert meaning in f"{diagnosis.meaning} {diagnosis.fix}"


def test_of_a_failed_run_only_what_the_service_says_counts() -> None:
    # azure-native passes on the whole run, in which the blob and the vault are named too.
    text = (
        'Status=200 Message="{"properties":{"request":{"target":{"type":"AzureStorageBlob"}},'
        '"response":{"status":"Failed","pipelineRunErrorMessage":'
        '"The artifact \\"app:v1\\" was not found."}}}"'
    )

    assert "no artifact of this name" in explain(text).meaning


def test_an_unknown_message_gets_an_honest_answer() -> None:
    assert "does not know" in explain("the moon is in the wrong house").meaning


def test_meanings_and_fixes_are_sentences() -> None:
    texts = [text for _, meaning, fix in _ROWS for text in (meaning, fix)]

    assert [text for text in texts if not text.endswith(".") or "!" in text] == []
