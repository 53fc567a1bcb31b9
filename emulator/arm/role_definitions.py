"""Microsoft.Authorization: Azure's own roles, as far as a transfer has a use for them."""

import re

from typing_extensions import override

from emulator.arm.base import Handler, Put
from emulator.arm.ids import ResourceId
from emulator.errors import AzureError
from emulator.state import Resource
from emulator.values import JsonObject, same

# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
_NAMES = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
    "8311e382-0749-4cb8-b61a-304f252e45ec": "AcrPush",
    "c2f4ef07-c644-48eb-af81-4b1b4947fb11": "AcrDelete",
    "b93aa761-3e63-49ed-ac28-beffa264f7ac": "Container Registry Repository Reader",
    "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7": "Container Registry Repository Catalog Lister",
    "bf94e731-3a51-4a7c-8c54-a1ab9971dfc1": ("Container Registry Transfer Pipeline Contributor"),
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
    "12338af0-0e69-4776-bea7-57ae8d297424": "Key Vault Crypto User",
    "14b46e9e-c2b7-41b4-b07b-48a6ebf60603": "Key Vault Crypto Officer",
    "00482a5a-887f-4fb3-b363-3b7fe8e74483": "Key Vault Administrator",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "db58b8e5-c6ad-4a2a-8342-4190687cbf4a": "Storage Blob Delegator",
}
_BY_NAME = re.compile(r"roleName eq '(?P<name>[^']+)'")


class RoleDefinitions(Handler):
    """Roles by ID or by name; what they allow is not told."""

    type = "Microsoft.Authorization/roleDefinitions"
    needs_group = False

    @override
    def listed(self, scope: str, filter_: str) -> list[JsonObject]:
        """Give the roles, all or the one with a name."""
        wanted = _BY_NAME.fullmatch(filter_)
        if filter_ and wanted is None:
            return super().listed(scope, filter_)
        return [
            _body(id_, name, scope)
            for id_, name in _NAMES.items()
            if wanted is None or same(name, wanted["name"])
        ]

    @override
    def built_in(self, rid: ResourceId) -> JsonObject | None:
        """Give a role by its ID."""
        id_ = rid.name.lower()
        return _body(id_, _NAMES[id_], rid.scope) if id_ in _NAMES else None

    @override
    async def put(self, request: Put) -> Resource:
        """Refuse: the emulator has no roles of a tenant's own."""
        raise AzureError(405, "MethodNotAllowed", "Role definitions can be read and no more.")


def _body(id_: str, name: str, scope: str) -> JsonObject:
    subscription = "/".join(scope.split("/")[:3])
    return {
        "id": f"{subscription}/providers/Microsoft.Authorization/roleDefinitions/{id_}",
        "name": id_,
        "type": RoleDefinitions.type,
        "properties": {
            "roleName": name,
            "type": "BuiltInRole",
            "description": "",
            "assignableScopes": ["/"],
            "permissions": [],
        },
    }
