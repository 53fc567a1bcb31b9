"""Rules of the storage account: a SAS must work, from the network of the transfer service."""

from datetime import timedelta

from components.model.azure_limits import account_fault
from components.model.diagnosis import explain
from components.model.sas_source import BroughtSas
from transfer.check.facts import Missing, SideFacts, StorageFacts, Unread
from transfer.check.findings import Finding, Level, good, not_read

_REFUSED = (
    "Failed to access storage. Service request failed. Status: 403 (This request is not authorized "
    "to perform this operation)"
)


def judge_storage(here: SideFacts) -> list[Finding]:
    """Judge the account and the container that a side's pipeline uses."""
    return [*_redundancy(here), *_account(here)]


def _redundancy(here: SideFacts) -> list[Finding]:
    """Say before a new account is made that its location does not have its redundancy."""
    if here.redundancies is None:
        return []
    if isinstance(here.redundancies, Unread):
        return [not_read(here, here.redundancies)]
    wanted = here.settings.storage_redundancy
    what = f"a new storage account is {wanted}"
    if wanted in here.redundancies:
        return good(here.side, what, "its location has it")
    text = "RedundancyConfigurationNotAvailableInRegion"
    has = ", ".join(sorted(here.redundancies)) or "no storage accounts of this kind"
    why = f"Azure answers: {text}. Its location has {has}."
    fix = (
        f"pulumi config set acr-transfer:storage_redundancy Standard_LRS -s {here.stack}; or take "
        "another acr-transfer:location"
    )
    return [Finding(Level.FAILS, here.side, what, why, fix)]


def _account(here: SideFacts) -> list[Finding]:
    account = here.storage
    if account is None:
        return []
    if isinstance(account, Unread):
        return [not_read(here, account)]
    refresh = f"pulumi up --refresh -s {here.stack}"
    if isinstance(account, Missing):
        why = "The run fails: Failed to access storage. No such host is known."
        what = f"storage account {account.what!r} does not exist"
        return [Finding(Level.FAILS, here.side, what, why, refresh)]
    findings = [
        *_shared_keys(here, account),
        *_network(here, account),
        *_sas_policy(here, account),
    ]
    if why := account_fault(account.kind, account.sku):
        what = f"storage account {account.name!r}: kind {account.kind}, SKU {account.sku}"
        why = f"The run fails, as {why}."
        fix = f"Write acr-transfer:storage: new in {here.file}, or name another account."
        findings.append(Finding(Level.FAILS, here.side, what, why, fix))
    if not account.has_container:
        why = "The run fails: ContainerNotFound. The specified container does not exist."
        what = f"storage account {account.name!r}: its container {_container(here)!r} is gone"
        findings.append(Finding(Level.FAILS, here.side, what, why, refresh))
    return findings


def _shared_keys(here: SideFacts, account: StorageFacts) -> list[Finding]:
    allowed = account.allows_shared_keys
    what = f"storage account {account.name!r}: allowSharedKeyAccess {str(allowed).lower()}"
    if here.sas is None:
        return good(here.side, what, "the pipeline reaches it as its identity")
    if allowed:
        return good(here.side, what, "its keys may sign the SAS")
    if isinstance(here.sas, BroughtSas):
        why = "Only a user delegation SAS opens it."
        return [_not_judged(here, what, why)]
    text = "KeyBasedAuthenticationNotPermitted"
    why = f"Azure answers: {text}. {explain(text).meaning}"
    fix = f"az storage account update --name {account.name} --allow-shared-key-access true"
    return [Finding(Level.FAILS, here.side, what, why, fix)]


def _network(here: SideFacts, account: StorageFacts) -> list[Finding]:
    is_private = account.public_network_access.lower() in ("disabled", "securedbyperimeter")
    is_closed = is_private or account.default_action == "Deny"
    state = (
        f"publicNetworkAccess {account.public_network_access}"
        if is_private
        else f"networkAcls.defaultAction {account.default_action}"
    )
    what = f"storage account {account.name!r}: {state}"
    if not is_closed:
        return good(here.side, what, "the transfer service reaches it")
    why = f"The run fails: {_REFUSED}. {explain(_REFUSED).meaning}"
    fix = (
        f"az storage account update --name {account.name} --default-action Allow "
        "--public-network-access Enabled"
    )
    return [Finding(Level.FAILS, here.side, what, why, fix)]


def _sas_policy(here: SideFacts, account: StorageFacts) -> list[Finding]:
    if account.sas_period is None or here.sas is None:
        return []
    if isinstance(here.sas, BroughtSas):
        return _policy_of_brought(here, account, account.sas_period)
    needed = here.sas.window.length
    what = (
        f"storage account {account.name!r}: SAS policy of {_days(account.sas_period)}, action "
        f"{account.sas_action}, and a SAS of {_days(needed)}"
    )
    if account.sas_period >= needed or account.sas_action != "Block":
        return good(here.side, what, "the policy lets the SAS through")
    most = account.sas_period.days
    why = (
        "Storage refuses a SAS that is valid for longer than a policy with Block allows: Failed to "
        "access storage. Service request failed. Status: 403 (AuthorizationFailure)."
    )
    fix = (
        f"Write acr-transfer:sas_days and acr-transfer:sas_grace_days in {here.file}, together "
        f"at most {most} days; then: pulumi up -s {here.stack}"
    )
    return [Finding(Level.FAILS, here.side, what, why, fix)]


def _policy_of_brought(here: SideFacts, account: StorageFacts, period: timedelta) -> list[Finding]:
    what = (
        f"storage account {account.name!r}: SAS policy of {_days(period)}, action "
        f"{account.sas_action}, and a SAS that is brought"
    )
    if account.sas_action != "Block":
        return good(here.side, what, "the policy lets the SAS through")
    return [_not_judged(here, what, f"It refuses a SAS of more than {_days(period)}.")]


def _not_judged(here: SideFacts, what: str, why: str) -> Finding:
    """Say that a check reads no SAS: a preview does, and compares it with the account."""
    why = f"{why} A check does not read the SAS of acr-transfer:sas; a preview compares it."
    return Finding(Level.UNKNOWN, here.side, what, why, f"pulumi preview -s {here.stack}")


def _container(here: SideFacts) -> str:
    return here.contract.container.container if here.contract else here.settings.container


def _days(length: timedelta) -> str:
    return f"{length / timedelta(days=1):.4g} days"
