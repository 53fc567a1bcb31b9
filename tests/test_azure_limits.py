"""What Azure refuses late is refused in the settings, at the limit and not before it."""

from typing import Any

import pydantic
import pytest

from components.model.options import SourceOptions

FULL = {f"tag{number}": "x" for number in range(14)}


@pytest.mark.parametrize(
    "address",
    ["203.0.113.5", "203.0.113.0/24", "9.255.255.255", "172.32.0.0/16", "192.169.0.0/16"],
)
def test_a_vault_admits_public_addresses(address: str) -> None:
    assert SourceOptions(vault_addresses=(address,)).vault_addresses == (address,)


@pytest.mark.parametrize("address", ["10.0.0.1", "10.0.0.0/8", "172.31.4.0/24", "192.168.0.0/30"])
def test_a_vault_admits_no_address_of_a_private_network(address: str) -> None:
    with pytest.raises(pydantic.ValidationError, match="public addresses only"):
        SourceOptions(vault_addresses=(address,))


def test_a_vault_admits_a_thousand_addresses() -> None:
    addresses = tuple(f"9.0.{number // 250}.{number % 250}" for number in range(1001))

    assert SourceOptions(vault_addresses=addresses[1:])
    with pytest.raises(pydantic.ValidationError, match="at most 1000"):
        SourceOptions(vault_addresses=addresses)


@pytest.mark.parametrize(
    "options",
    [
        {"tags": FULL},
        {"tags": FULL | {f"more{n}": "" for n in range(35)}, "storage_access": "managed-identity"},
        {"tags": {"n" * 128: "v" * 256}},
        {"tags": {"cost center: 4-2": "<any> & all"}},
    ],
    ids=["secret", "no-secret", "lengths", "characters"],
)
def test_tags_are_taken_up_to_the_limits_of_azure(options: dict[str, Any]) -> None:
    assert SourceOptions.model_validate(options).tags == options["tags"]


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"tags": FULL | {"more": ""}}, "the secret with the SAS takes 14 tags beside"),
        (
            {
                "tags": FULL | {f"more{n}": "" for n in range(36)},
                "storage_access": "managed-identity",
            },
            "a resource takes 49 tags beside acr-transfer-side, and these are 50",
        ),
        ({"tags": {"n" * 129: ""}}, "129 characters in its name, of 1 to 128"),
        ({"tags": {"": "x"}}, "0 characters in its name"),
        ({"tags": {"owner": "v" * 257}}, "257 characters, of at most 256"),
        ({"tags": {"a/b": ""}}, "in its name"),
        ({"tags": {"owner": "", "Owner": ""}}, "'Owner' is there already"),
        ({"tags": {"ACR-Transfer-Side": "target"}}, "'ACR-Transfer-Side' is there already"),
    ],
    ids=["secret", "count", "name", "no-name", "value", "character", "case", "own"],
)
def test_tags_that_azure_refuses_are_named(options: dict[str, Any], fault: str) -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        SourceOptions.model_validate(options)

    assert fault in str(caught.value)
