"""The IPv4 address rules of firewalls: addresses and ranges, and whom they let in."""

from ipaddress import IPv4Address, IPv4Network

from emulator.errors import AzureError
from emulator.values import JsonObject, objects, text


def vault_rules(rules: JsonObject) -> JsonObject:
    """Give a vault's network rules as Azure answers them: an address is a range of one."""
    try:
        listed = [{"value": str(network)} for network in _networks(rules)]
    except ValueError as exc:
        message = "An invalid value was provided for 'networkAcls.ipRules'."
        raise AzureError(400, "BadRequest", message) from exc
    return rules | {"ipRules": listed} if listed else rules


def check_storage_rules(rules: JsonObject) -> None:
    """Refuse what a storage account does not take; its smallest range is one of four."""
    try:
        _networks(rules)
        are_valid = not any(
            text(rule, "value").endswith(("/31", "/32")) for rule in objects(rules, "ipRules")
        )
    except ValueError:
        are_valid = False
    if not are_valid:
        raise AzureError(
            400,
            "InvalidValuesForRequestParameters",
            "Values for request parameters are invalid: networkAcls.ipRule[*].value. For more "
            "information, see - https://aka.ms/storagenetworkruleset",
        )


def covers(rules: JsonObject, address: str) -> bool:
    """Tell whether a rule lets an address in."""
    return any(IPv4Address(address) in network for network in _networks(rules))


def _networks(rules: JsonObject) -> list[IPv4Network]:
    return [IPv4Network(text(rule, "value"), strict=False) for rule in objects(rules, "ipRules")]
