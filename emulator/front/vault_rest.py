"""Key Vault's data plane: secrets and keys, for callers whom the vault lets in."""

from aiohttp import web

from emulator.arm.keyvault_secrets import check_object_name, find_version, new_version
from emulator.arm.manager import ResourceManager
from emulator.arm.vault_access import require_right
from emulator.errors import AzureError
from emulator.front.faults import drop
from emulator.front.login import Tokens
from emulator.front.vault_keys_rest import VaultKeysRest
from emulator.host_names import vault_of
from emulator.resource_types import SECRET_TYPE, VAULT_TYPE
from emulator.signed_tokens import bearer_token
from emulator.state import Resource
from emulator.values import JsonObject, child, find, objects, same, text

_HELP = "please see https://go.microsoft.com/fwlink/?linkid="


class VaultRest:
    """Answers everything below /vault/NAME, and the ids of secrets, below /secrets."""

    def __init__(self, manager: ResourceManager, tokens: Tokens) -> None:
        self._manager = manager
        self._state = manager.cloud.state
        self._tokens = tokens
        self._url = tokens.url
        self._keys = VaultKeysRest(self._state)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        vault, rest = self._vault(request)
        if self._manager.transitions.is_going_on(vault.id):
            return drop(request)  # its name cannot be resolved yet
        tenant = text(vault.properties, "tenantId")
        caller = self._tokens.read(bearer_token(request))
        if caller is None:
            return self._challenge(request, tenant, "AKV10000: Request is missing a Bearer token.")
        if not same(caller.tenant_id, tenant):
            issuer = "https://sts.windows.net"
            return self._challenge(
                request,
                tenant,
                f"AKV10032: Invalid issuer. Expected one of {issuer}/{tenant}/, "
                f"found {issuer}/{caller.tenant_id}/.",
            )
        front = _front(request, vault)
        if len(rest) > 1 and rest[0] == "keys":
            return await self._keys.handle(request, front, vault, rest[1:], caller)
        if rest == ["secrets"] and request.method == "GET":
            require_right(self._state, vault, "secrets/", caller, "list")
            return web.json_response({"value": self._listed(front, vault), "nextLink": None})
        if len(rest) not in (2, 3) or rest[0] != "secrets":
            raise AzureError(404, "NotFound", "The emulator's vaults have secrets and keys.")
        secret, version = rest[1], rest[2] if len(rest) > 2 else ""
        what = f"secrets/{secret}"
        self._manager.calls[f"{request.method} {VAULT_TYPE}/secrets (data)"] += 1
        match request.method:
            case "GET":
                require_right(self._state, vault, what, caller, "get")
                return web.json_response(self._shown(front, vault, secret, version))
            case "PUT":
                require_right(self._state, vault, what, caller, "set")
                return web.json_response(await self._set(request, front, vault, secret))
            case "DELETE":
                require_right(self._state, vault, what, caller, "delete")
                shown = self._shown(front, vault, secret, "")
                await self._manager.delete(f"{vault.id}/secrets/{secret}", caller)
                return web.json_response({k: v for k, v in shown.items() if k != "value"})
        raise AzureError(405, "MethodNotAllowed", "The HTTP method is not allowed here.")

    def _vault(self, request: web.BaseRequest) -> tuple[Resource, list[str]]:
        """Give the vault that is meant and the rest of the path."""
        named = vault_of(request.host)
        path = f"/vault/{named}{request.path}" if named else request.path
        segments = path.strip("/").split("/")
        vaults = self._state.list(VAULT_TYPE)
        if segments[0] == "vault" and len(segments) > 1:
            found = next((v for v in vaults if same(v.name, segments[1])), None)
            if found is not None:
                return found, segments[2:]
        for secret in self._state.list(SECRET_TYPE) if len(segments) > 2 else []:
            if any(text(e, "id") == segments[2] for e in objects(secret.private, "versions")):
                return self._state.require(secret.id.rpartition("/secrets/")[0]), segments
        raise AzureError(404, "VaultNotFound", f"There is no vault at '/{'/'.join(segments)}'.")

    def _challenge(self, request: web.BaseRequest, tenant: str, message: str) -> web.Response:
        # Azure's own client wants a resource of which the vault's host name is a part.
        _, _, suffix = request.host.partition(".")
        resource = f"https://{suffix}" if vault_of(request.host) else self._url
        value = f'Bearer authorization="{self._url}/{tenant}", resource="{resource}"'
        error = AzureError(401, "Unauthorized", message)
        return web.json_response(error.body(), status=401, headers={"WWW-Authenticate": value})

    def _listed(self, front: str, vault: Resource) -> list[JsonObject]:
        """Give what a vault's secrets show without their values."""
        listed = []
        for secret in self._state.list(SECRET_TYPE, vault.id):
            shown = _view(front, secret.name, objects(secret.private, "versions")[-1])
            shown["id"] = text(shown, "id").rpartition("/")[0]
            listed.append({key: value for key, value in shown.items() if key != "value"})
        return listed

    def _shown(self, front: str, vault: Resource, name: str, version: str) -> JsonObject:
        entry = find_version(self._state, f"{vault.id}/secrets/{name}", version)
        if entry is None:
            raise AzureError(
                404,
                "SecretNotFound",
                f"A secret with (name/id) {name}{f'/{version}' if version else ''} was not found "
                "in this key vault. If you recently deleted this secret you may be able to recover "
                f"it using the correct recovery command. For help resolving this issue, {_HELP}"
                "2125182",
            )
        if not entry.get("enabled", True):
            raise AzureError(403, "Forbidden", "Operation get is not allowed on a disabled secret.")
        return _view(front, name, entry)

    async def _set(
        self, request: web.BaseRequest, front: str, vault: Resource, name: str
    ) -> JsonObject:
        check_object_name(name)
        document: JsonObject = await request.json()
        if not isinstance(find(document, "value"), str):
            raise AzureError(400, "BadParameter", "The request body lacks 'value'.")
        secret = new_version(self._state, vault, name, document, tags=child(document, "tags"))
        self._state.put(secret)
        self._manager.cloud.worker.access_changed()
        return _view(front, name, objects(secret.private, "versions")[-1])


def _front(request: web.BaseRequest, vault: Resource) -> str:
    """Give what the ids of a vault's secrets and keys begin with."""
    if vault_of(request.host):
        return f"https://{request.host}"
    # Azure's own client takes no id with a path before /secrets; the version tells the vault.
    return text(vault.properties, "vaultUri").partition("/vault/")[0]


def _view(front: str, name: str, entry: JsonObject) -> JsonObject:
    attributes: JsonObject = {
        "enabled": entry.get("enabled", True),
        "created": entry.get("created"),
        "updated": entry.get("created"),
        "recoveryLevel": "Recoverable+Purgeable",
    }
    for key, source in (("exp", "expires"), ("nbf", "notBefore")):
        if entry.get(source) is not None:
            attributes[key] = entry[source]
    view: JsonObject = {
        "id": f"{front}/secrets/{name}/{text(entry, 'id')}",
        "value": text(entry, "value"),
        "attributes": attributes,
    }
    if text(entry, "contentType"):
        view["contentType"] = text(entry, "contentType")
    if child(entry, "tags"):
        view["tags"] = child(entry, "tags")
    return view
