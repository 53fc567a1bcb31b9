"""Rules of key vaults, of what lies in them, and of who reads it."""

from collections.abc import Iterator, Mapping, Sequence

from .rule import Resource, Rule, all_of, must_be, shown

_VAULT = "keyvault:Vault"


def _has_no_inline_policies(vault: Resource) -> Iterator[str]:
    policies = vault.read("properties.accessPolicies")
    if policies is not None:
        count = len(policies) if isinstance(policies, Sequence) else 1
        yield f"properties.accessPolicies is set, with {count} entries"


def _gets_only(policy: Resource) -> Iterator[str]:
    permissions = policy.read("policy.permissions")
    for what in permissions if isinstance(permissions, Mapping) else ():
        verbs = policy.read(f"policy.permissions.{what}")
        allowed = ["get"] if what == "secrets" else []
        if (
            isinstance(verbs, Sequence)
            and verbs
            and [str(verb).lower() for verb in verbs] != allowed
        ):
            yield f"policy.permissions.{what} is {shown(verbs)}"


def _ends(secret: Resource) -> Iterator[str]:
    if not secret.read("properties.attributes.expires"):
        yield "properties.attributes.expires is not set"


RULES = (
    Rule(
        name="vault-recoverable",
        demand="A vault can be brought back for 90 days, and nobody can end that early.",
        reason="A deleted vault takes the SAS with it, and its name is blocked.",
        fix="Set enableSoftDelete and enablePurgeProtection to true.",
        kinds=(_VAULT,),
        ids=("AZR-000124", "AZR-000125", "CKV_AZURE_110", "0b60c0b2"),
        check=all_of(
            must_be("properties.enableSoftDelete", wanted=True),
            must_be("properties.enablePurgeProtection", wanted=True),
        ),
    ),
    Rule(
        name="vault-firewall",
        demand="The firewall of a vault refuses everyone but trusted services and named addresses.",
        reason="Container Registry is a trusted service of vaults; nobody else reads the SAS.",
        fix="Set networkAcls.defaultAction to Deny, networkAcls.bypass to AzureServices.",
        kinds=(_VAULT,),
        ids=("CKV_AZURE_109", "AZU-0013", "55615ac9"),
        check=all_of(
            must_be("properties.networkAcls.defaultAction", wanted="Deny"),
            must_be("properties.networkAcls.bypass", wanted="AzureServices"),
        ),
    ),
    Rule(
        name="vault-no-inline-policies",
        demand="A vault names no access policies itself.",
        reason="Each update of the vault puts them, even an empty list, in place of those that "
        "resources of their own have made: the next run then fails with 403.",
        fix="Remove accessPolicies from the vault, and make a keyvault.AccessPolicy instead.",
        kinds=(_VAULT,),
        check=_has_no_inline_policies,
    ),
    Rule(
        name="vault-get-only",
        demand="An access policy gives `get` on secrets, and nothing else.",
        reason="A pipeline reads one secret by its name; it lists, writes and deletes none.",
        fix='Set policy.permissions to {"secrets": ["get"]}.',
        kinds=("keyvault:AccessPolicy",),
        ids=("AZR-000118", "PA-7"),
        check=_gets_only,
    ),
    Rule(
        name="secret-expiry",
        demand="A secret has an end.",
        reason="What expires unseen stops the transfer; what never expires is valid for whoever "
        "has once seen it.",
        fix="Set attributes.expires to the end of the SAS, in seconds since 1970.",
        kinds=("keyvault:Secret",),
        ids=("CKV_AZURE_41", "AZU-0017", "98728c90"),
        check=_ends,
    ),
)
