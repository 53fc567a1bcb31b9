"""Key Vault's data plane: RSA keys that encrypt and decrypt, as the key of Pulumi's states does."""

import base64
import secrets

from aiohttp import web
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from emulator.arm.base import Caller
from emulator.arm.keyvault_secrets import check_object_name, find_version
from emulator.arm.vault_access import require_right
from emulator.errors import AzureError
from emulator.resource_types import KEY_TYPE
from emulator.state import Resource, State
from emulator.values import JsonObject, number, objects, same, text

_ALGORITHM = "RSA-OAEP-256"
_OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
_BITS = (2048, 3072, 4096)


class VaultKeysRest:
    """Answers /keys/NAME, /keys/NAME/create and /keys/NAME/VERSION/encrypt or decrypt."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def handle(
        self, request: web.BaseRequest, front: str, vault: Resource, rest: list[str], caller: Caller
    ) -> web.Response:
        """Answer a request for a vault's key.

        Args:
            front: What the ids of the vault's keys begin with.
            rest: What follows /keys in the path.
        """
        name, *more = rest
        asked = (request.method, more[-1] if request.method == "POST" and more else "")
        version = "".join(more[:-1] if asked[1] else more)
        action = "get" if request.method == "GET" else asked[1]
        if asked not in {("GET", ""), ("POST", "create"), ("POST", "encrypt"), ("POST", "decrypt")}:
            raise AzureError(405, "MethodNotAllowed", "The HTTP method is not allowed here.")
        require_right(self._state, vault, f"keys/{name}", caller, action)
        if action == "create":
            entry = self._create(vault, name, await request.json())
        else:
            entry = self._entry(vault, name, version)
        kid = f"{front}/keys/{name}/{text(entry, 'id')}"
        if action in ("get", "create"):
            return web.json_response(_shown(kid, entry))
        value = _transformed(entry, action, await request.json())
        return web.json_response({"kid": kid, "value": _encoded(value)})

    def _create(self, vault: Resource, name: str, wanted: JsonObject) -> JsonObject:
        check_object_name(name)
        bits = int(number(wanted, "key_size") or _BITS[0])
        if not same(text(wanted, "kty"), "RSA") or bits not in _BITS:
            raise AzureError(400, "BadParameter", "The emulator's vaults make keys of kty RSA.")
        pem = rsa.generate_private_key(public_exponent=65537, key_size=bits).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        key_id = f"{vault.id}/keys/{name}"
        old = self._state.get(key_id)
        entry: JsonObject = {"id": secrets.token_hex(16), "pem": pem.decode()}
        versions = [*objects(old.private, "versions"), entry] if old else [entry]
        body: JsonObject = {"id": key_id, "name": name, "type": KEY_TYPE}
        self._state.put(Resource(key_id, KEY_TYPE, body, {"versions": versions}))
        return entry

    def _entry(self, vault: Resource, name: str, version: str) -> JsonObject:
        entry = find_version(self._state, f"{vault.id}/keys/{name}", version)
        if entry is not None:
            return entry
        raise AzureError(
            404,
            "KeyNotFound",
            f"A key with (name/id) {name}{f'/{version}' if version else ''} was not found in this "
            "key vault.",
        )


def _transformed(entry: JsonObject, action: str, wanted: JsonObject) -> bytes:
    if text(wanted, "alg") != _ALGORITHM:
        raise AzureError(400, "BadParameter", f"The emulator's keys know '{_ALGORITHM}' alone.")
    key = _private_key(entry)
    try:
        value = base64.urlsafe_b64decode(text(wanted, "value") + "==")
        if action == "encrypt":
            return key.public_key().encrypt(value, _OAEP)
        return key.decrypt(value, _OAEP)
    except ValueError as exc:
        raise AzureError(
            400, "BadParameter", f"Unable to {action} specified value with this key."
        ) from exc


def _private_key(entry: JsonObject) -> rsa.RSAPrivateKey:
    # It was made here; looking for primes again would take a tenth of a second.
    key = serialization.load_pem_private_key(
        text(entry, "pem").encode(), None, unsafe_skip_rsa_key_validation=True
    )
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _shown(kid: str, entry: JsonObject) -> JsonObject:
    numbers = _private_key(entry).public_key().public_numbers()
    return {
        "key": {
            "kid": kid,
            "kty": "RSA",
            "key_ops": ["encrypt", "decrypt"],
            "n": _encoded(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")),
            "e": _encoded(numbers.e.to_bytes(3, "big")),
        },
        "attributes": {"enabled": True, "recoveryLevel": "Recoverable+Purgeable"},
    }


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
