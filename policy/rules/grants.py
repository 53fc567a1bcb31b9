"""Rules of who may do what: roles, the registry's sign-in, and principals of other tenants."""

import re
from collections.abc import Iterator, Mapping, Sequence

from .rule import UNKNOWN, Resource, Rule, all_of, must_be

_ROLE_ASSIGNMENT = "authorization:RoleAssignment"
_REGISTRY = "containerregistry:Registry"
_PIPELINES = ("containerregistry:ExportPipeline", "containerregistry:ImportPipeline")
_PRINCIPALS = {_ROLE_ASSIGNMENT: "principalId", "keyvault:AccessPolicy": "policy.objectId"}
_A_SECRET = re.compile(r"/vaults/[^/]+/secrets/[^/]+/?$", re.IGNORECASE)
_A_CONTAINER = re.compile(r"/blobServices/default/containers/[^/]+/?$", re.IGNORECASE)
# Key Vault Secrets User, Storage Blob Data Contributor, Storage Blob Data Reader.
_SCOPES = {
    "4633458b-17de-408a-b874-0445c86b69e6": (_A_SECRET, "one secret"),
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": (_A_CONTAINER, "one container"),
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": (_A_CONTAINER, "one container"),
}
_SIDE = re.compile(r"(?P<tenant>.*?)(source|target)")
# The engine shows no policy what a program reads, but tells it the contract that comes of it.
_SOURCE_NAMES = {
    "pulumi:pulumi:Stack": "contract.source_stack",
    "pulumi:pulumi:StackReference": "name",
}


def _is_least(assignment: Resource) -> Iterator[str]:
    role = str(assignment.read("roleDefinitionId")).rpartition("/")[2].lower()
    if role not in _SCOPES:
        yield f"the role {role!r} is none that a pipeline needs"
        return
    scope = str(assignment.read("scope"))
    narrowest, words = _SCOPES[role]
    if narrowest.search(scope) is None:
        yield f"the scope {scope!r} is wider than {words}"


def _stay_inside(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    pipelines = [item for item in resources if item.kind in _PIPELINES]
    known = {principal for item in pipelines for principal in _principals(item)}
    if not pipelines or UNKNOWN in known:
        return
    for grant in resources:
        path = _PRINCIPALS.get(grant.kind)
        if path is not None and (principal := grant.read(path)) not in known:
            yield grant, f"{path} {principal!r} is of no pipeline of this stack"


def _principals(pipeline: Resource) -> Iterator[object]:
    """Give the principals that a pipeline acts as."""
    identity = pipeline.read("identity")
    if not isinstance(identity, Mapping):
        return
    if "systemassigned" in str(identity.get("type")).lower():
        yield identity.get("principalId", UNKNOWN)
    assigned = identity.get("userAssignedIdentities")
    if isinstance(assigned, Mapping):
        for one in assigned.values():
            yield one.get("principalId", UNKNOWN) if isinstance(one, Mapping) else UNKNOWN
    elif assigned is UNKNOWN:
        yield UNKNOWN


def _reads_its_own_source(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    for resource in resources:
        path = _SOURCE_NAMES.get(resource.kind)
        name = resource.read(path) if path is not None else None
        # Without a name, a hand-over file has told the contract.
        if name and not _is_of_the_same_tenant(resource.urn, str(name)):
            yield resource, f"{path} is {name!r}"


def _is_of_the_same_tenant(urn: str, name: str) -> bool:
    stack, project = urn.removeprefix("urn:pulumi:").split("::")[:2]
    own = _SIDE.fullmatch(stack)
    *place, named = name.split("/")
    other = _SIDE.fullmatch(named)
    is_of_the_project = not place or place[-1] == project
    # A stack that names no side is of a program of somebody else.
    return own is None or (
        is_of_the_project and other is not None and other["tenant"] == own["tenant"]
    )


RULES = (
    Rule(
        name="least-role",
        demand="A role is one of three, on one secret or one container.",
        reason="A role on a vault, an account or a group opens what others keep there.",
        fix="Assign Key Vault Secrets User on the secret, or a Storage Blob Data role on the "
        "container.",
        kinds=(_ROLE_ASSIGNMENT,),
        ids=("CKV_AZURE_39", "a451c1ef", "PA-7"),
        check=_is_least,
    ),
    Rule(
        name="registry-sign-in",
        demand="A registry has no admin user, and nobody pulls without signing in.",
        reason="The admin user is one password for everybody, with all rights.",
        fix="Set adminUserEnabled and anonymousPullEnabled to false.",
        kinds=(_REGISTRY,),
        ids=("AZR-000005", "CKV_AZURE_137", "CKV_AZURE_138"),
        check=all_of(
            must_be("adminUserEnabled", wanted=False), must_be("anonymousPullEnabled", wanted=False)
        ),
    ),
    Rule(
        name="tenant-grants",
        demand="Rights go to the pipelines of the stack that gives them.",
        reason="A principal of another tenant could read or replace this tenant's images.",
        fix="Give the right to the identity of the pipeline, and make another one in its own "
        "stack.",
        check_stack=_stay_inside,
    ),
    Rule(
        name="tenant-source",
        demand="A target reads the stack of its own source.",
        reason="The contract of another tenant's source would have this target import its images.",
        fix="Name the source of the same tenant in source_stack; disable this rule where stacks "
        "are named otherwise.",
        check_stack=_reads_its_own_source,
    ),
)
