"""Rules of what a stack tells, and of what it would lose."""

import re
from collections.abc import Iterator, Mapping, Sequence

from .rule import Resource, Rule

# A signature of a SAS, a connection string, and the key of a storage account by itself.
_SECRET = re.compile(
    r"[?&]sig=|\b(AccountKey|SharedAccessSignature)=|(?<![\w+/])[A-Za-z0-9+/]{86}==(?!\w)"
)
_SAS_PLACE = "keyvault:Secret"


def _tell_no_secret(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    for resource in resources:
        # Where the SAS belongs.
        if resource.kind != _SAS_PLACE:
            for path in _secrets(resource.properties, ""):
                yield resource, f"the output {path} holds a key or a SAS"


def _secrets(value: object, path: str) -> Iterator[str]:
    """Give the paths at which a secret stands."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _secrets(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, str):
        if _SECRET.search(value):
            yield path
    elif isinstance(value, Sequence):
        for index, inner in enumerate(value):
            yield from _secrets(inner, f"{path}[{index}]")


def _is_protected(resource: Resource) -> Iterator[str]:
    if not resource.is_protected:
        yield "it is not protected"


RULES = (
    Rule(
        name="no-secret-in-outputs",
        demand="No output holds a key or a SAS, not even an encrypted one.",
        reason="Outputs are read by other stacks, printed, and kept in each state and backup.",
        fix="Leave the SAS to the vault, and put out the address of the secret.",
        ids=("4d2cf896", "IM-8"),
        check_stack=_tell_no_secret,
    ),
    Rule(
        name="lasting-resources",
        demand="An account and a vault are neither deleted nor replaced by accident.",
        reason="With them go the blobs that are on their way, the SAS, and for 90 days a name. The "
        "engine refuses to delete or replace what is protected.",
        fix="Set protect to true; if it is to go, set it to false in a deployment before the one "
        "that deletes or replaces it.",
        level="advisory",
        kinds=("storage:StorageAccount", "keyvault:Vault"),
        ids=("CKV_AZURE_42",),
        check=_is_protected,
    ),
)
