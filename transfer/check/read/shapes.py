"""The parts of Resource Manager's JSON that no client in use has a class for."""

import pydantic
from pydantic.alias_generators import to_camel


class _Shape(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel)


class NetworkRules(_Shape):
    """A vault's firewall; a vault without rules has none."""

    default_action: str = "Allow"
    bypass: str = "AzureServices"


class PolicyPermissions(_Shape):
    """What an access policy permits."""

    secrets: list[str] | None = None


class AccessPolicy(_Shape):
    """One access policy."""

    object_id: str
    permissions: PolicyPermissions = PolicyPermissions()


class VaultProperties(_Shape):
    """Properties of a vault."""

    vault_uri: str = ""
    enable_rbac_authorization: bool | None = None
    public_network_access: str | None = None
    network_acls: NetworkRules | None = None
    access_policies: list[AccessPolicy] | None = None


class Vault(_Shape):
    """A vault, as it is read and listed."""

    id: str
    name: str
    properties: VaultProperties


class Named(_Shape):
    """Anything of which only the name counts."""

    name: str


class SecretAttributes(_Shape):
    """What a secret tells of itself."""

    enabled: bool | None = None


class SecretProperties(_Shape):
    """Properties of a secret; Resource Manager never shows its value."""

    attributes: SecretAttributes = SecretAttributes()


class Secret(_Shape):
    """A secret of a vault."""

    name: str
    properties: SecretProperties = SecretProperties()


class IdentityProperties(_Shape):
    """Properties of a user-assigned identity."""

    principal_id: str = ""


class Identity(_Shape):
    """A user-assigned identity."""

    properties: IdentityProperties


class RoleAssignmentProperties(_Shape):
    """Properties of a role assignment."""

    role_definition_id: str
    scope: str


class RoleAssignment(_Shape):
    """A role that a principal holds at a scope."""

    properties: RoleAssignmentProperties


class PermissionShape(_Shape):
    """The actions of one role of whoever asks."""

    actions: list[str] | None = None
    not_actions: list[str] | None = None
