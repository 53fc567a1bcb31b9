"""Sign-in: the endpoints of the cloud and of its tenants, and opaque tokens for applications."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass

from aiohttp import web

from emulator.account import Account
from emulator.arm.base import Caller
from emulator.errors import AzureError
from emulator.values import JsonObject, number, text

LIFETIME_SECONDS = 3600
_PREFIX = "emulator."


@dataclass(frozen=True)
class Tokens:
    """Issues a cloud's bearer tokens and reads them; a token outlives a restart of the emulator."""

    account: Account
    cloud: str
    url: str

    def issue(self, tenant_id: str, client_id: str) -> str:
        """Give a token of an application in a tenant."""
        claims = {
            "aud": self.url,
            "tid": tenant_id,
            "appid": client_id,
            "exp": int(time.time()) + LIFETIME_SECONDS,
        }
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
        return f"{_PREFIX}{payload}.{self._sign(payload)}"

    def read(self, token: str, subscription_id: str = "") -> Caller | None:
        """Give whose token it is, or None when it is none of this cloud's or too old."""
        claims = self._claims(token)
        if text(claims, "aud") != self.url:
            return None
        subscription = subscription_id or self.account.default.subscription_id
        return Caller(subscription, text(claims, "tid"), text(claims, "appid"))

    def audience(self, token: str) -> str:
        """Give the cloud that a token is for; "" when none of ours issued it, or it is too old."""
        return text(self._claims(token), "aud")

    def _claims(self, token: str) -> JsonObject:
        payload, _, signature = token.removeprefix(_PREFIX).partition(".")
        is_ours = token.startswith(_PREFIX) and hmac.compare_digest(signature, self._sign(payload))
        claims: JsonObject = json.loads(base64.urlsafe_b64decode(payload)) if is_ours else {}
        return claims if number(claims, "exp") >= time.time() else {}

    def _sign(self, payload: str) -> str:
        key = bytes.fromhex(self.account.token_key)
        return hmac.new(key, payload.encode(), hashlib.sha256).hexdigest()


class Login:
    """Answers what clients ask before they have a token."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._url = tokens.url

    async def handle(self, request: web.BaseRequest) -> web.Response | None:
        """Answer, or give None when the request is not for the sign-in."""
        path = request.path.strip("/")
        if path == "metadata/endpoints":
            return web.json_response(self._metadata())
        tenant, _, rest = path.partition("/")
        if rest in ("v2.0/.well-known/openid-configuration", ".well-known/openid-configuration"):
            return web.json_response(self._openid(tenant))
        if rest in ("oauth2/v2.0/token", "oauth2/token") and request.method == "POST":
            return await self._token(request, tenant)
        return None

    async def _token(self, request: web.BaseRequest, tenant: str) -> web.Response:
        form = await request.post()
        client_id = str(form.get("client_id", ""))
        if form.get("grant_type") != "client_credentials":
            return _refusal(
                400,
                "unsupported_grant_type",
                "AADSTS70003: The app requested an unsupported grant type "
                f"'{form.get('grant_type', '')}'.",
            )
        secret = str(form.get("client_secret", ""))
        try:
            cloud = self._tokens.cloud
            self._tokens.account.require_application(cloud, tenant, client_id, secret)
        except AzureError as exc:
            return _refusal(exc.status, exc.code, exc.message)
        answer = {
            "token_type": "Bearer",
            "expires_in": LIFETIME_SECONDS,
            "ext_expires_in": LIFETIME_SECONDS,
            "access_token": self._tokens.issue(tenant, client_id),
        }
        return web.json_response(answer)

    def _openid(self, tenant: str) -> JsonObject:
        base = f"{self._url}/{tenant}"
        return {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _metadata(self) -> JsonObject:
        host = self._url.removeprefix("https://")
        return {
            "name": "AcrTransferEmulator",
            "portal": self._url,
            "authentication": {
                "loginEndpoint": self._url,
                "audiences": [self._url, f"{self._url}/"],
                "tenant": "common",
                "identityProvider": "AAD",
            },
            "resourceManager": self._url,
            "graph": self._url,
            "suffixes": {"acrLoginServer": "", "keyVaultDns": f"{host}/vault", "storage": ""},
        }


def caller_of(request: web.BaseRequest, tokens: Tokens, subscription_id: str = "") -> Caller:
    """Give who calls; refuse as Resource Manager does when the token is missing or bad."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if not token:
        raise AzureError(
            401,
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
        )
    caller = tokens.read(token, subscription_id) if kind.lower() == "bearer" else None
    if caller is None and tokens.audience(token):
        raise AzureError(
            401,
            "InvalidAuthenticationTokenAudience",
            "The access token has been obtained for wrong audience or resource "
            f"'{tokens.audience(token)}'. It should exactly match with one of the allowed "
            f"audiences '{tokens.url}','{tokens.url}/'.",
        )
    if caller is None:
        raise AzureError(
            401, "InvalidAuthenticationToken", "The access token is invalid or has expired."
        )
    return caller


def _refusal(status: int, error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=status)
