"""Names of vaults and storage accounts in the form of Azure's: `NAME.vault.first.azure.test`.

No name server knows them, as .test is kept free for tests (RFC 6761): the emulator's proxy does.
"""

import re

from emulator.account import CLOUDS

_NAME = re.compile(
    rf"(?P<name>[a-z0-9-]+)\.(?P<kind>vault|blob)\.(?P<cloud>{'|'.join(CLOUDS)})\.azure\.test"
)
# Asked for the addresses of every authority that is none of Azure's own clouds, as Microsoft's
# libraries for sign-in do (MSAL); it is this cloud's for those alone that use the proxy.
DISCOVERY = "login.microsoftonline.com"
WILDCARDS = tuple(f"*.{kind}.{cloud}.azure.test" for kind in ("vault", "blob") for cloud in CLOUDS)


def storage_suffix(cloud: str) -> str:
    """Give what follows `NAME.blob.` in the names of a cloud's storage accounts."""
    return f"{cloud}.azure.test"


def vault_suffix(cloud: str) -> str:
    """Give what follows `NAME.` in the names of a cloud's vaults."""
    return f"vault.{cloud}.azure.test"


def vault_of(host: str) -> str:
    """Give the vault that a host name stands for, or ""."""
    return _named(host, "vault")


def account_of(host: str) -> str:
    """Give the storage account that a host name stands for, or ""."""
    return _named(host, "blob")


def cloud_of_vault(host: str) -> str:
    """Give the cloud that a vault's host name lies in, or ""."""
    found = _NAME.fullmatch(host.lower())
    return found["cloud"] if found and found["kind"] == "vault" else ""


def _named(host: str, kind: str) -> str:
    found = _NAME.fullmatch(host.lower().partition(":")[0])
    return found["name"] if found and found["kind"] == kind else ""
