"""Rules of storage accounts, and of the containers and blobs in them."""

from collections.abc import Iterator

from .rule import Resource, Rule, all_of, must_be

_ACCOUNT = "storage:StorageAccount"
_CONTAINER = "storage:BlobContainer"
_BLOB_SERVICE = "storage:BlobServiceProperties"


def _is_private(resource: Resource) -> Iterator[str]:
    path, closed = (
        ("allowBlobPublicAccess", False) if resource.kind == _ACCOUNT else ("publicAccess", "None")
    )
    yield from must_be(path, wanted=closed)(resource)


RULES = (
    Rule(
        name="storage-https",
        demand="A storage account takes https alone.",
        reason="A SAS travels in the address of each request: over http anybody can read it.",
        fix="Set enableHttpsTrafficOnly to true.",
        kinds=(_ACCOUNT,),
        ids=("AZR-000196", "CKV_AZURE_3", "404c3081"),
        check=must_be("enableHttpsTrafficOnly", wanted=True),
    ),
    Rule(
        name="storage-tls",
        demand="A storage account takes TLS 1.2 or newer.",
        reason="Older versions of TLS can be broken.",
        fix="Set minimumTlsVersion to TLS1_2.",
        kinds=(_ACCOUNT,),
        ids=("AZR-000200", "CKV_AZURE_44", "fe83a0eb"),
        check=must_be("minimumTlsVersion", wanted="TLS1_2"),
    ),
    Rule(
        name="storage-private",
        demand="No blob can be read without signing in.",
        reason="Blobs hold whole images, with whatever was built into them.",
        fix="Set allowBlobPublicAccess of the account to false, publicAccess of the container to "
        "None.",
        kinds=(_ACCOUNT, _CONTAINER),
        ids=("AZR-000198", "AZR-000199", "CKV_AZURE_190", "4fa4b6c0"),
        check=_is_private,
    ),
    Rule(
        name="storage-soft-delete",
        demand="Deleted blobs and containers can be brought back.",
        reason="An import pipeline, or a person with a SAS, may delete what has not arrived yet.",
        fix="Set deleteRetentionPolicy and containerDeleteRetentionPolicy to enabled, with days.",
        kinds=(_BLOB_SERVICE,),
        ids=("AZR-000197", "CKV2_AZURE_38", "9fbd64e3"),
        check=all_of(
            must_be("deleteRetentionPolicy.enabled", wanted=True),
            must_be("containerDeleteRetentionPolicy.enabled", wanted=True),
        ),
    ),
)
