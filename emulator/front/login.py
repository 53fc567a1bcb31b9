"""Sign-in: the endpoints of the cloud and of its tenants, and tokens for applications."""

from dataclasses import dataclass

from aiohttp import web
from yarl import URL

from emulator.account import Account
from emulator.arm.base import Caller
from emulator.errors import AzureError
from emulator.host_names import storage_suffix, vault_suffix
from emulator.signed_tokens import SignedTokens, bearer_token
from emulator.values import JsonObject, text

LIFETIME_SECONDS = 3600


@dataclass(frozen=True)
class Tokens:
    """Issues a cloud's bearer tokens and reads them; a token outlives a restart of the emulator."""

    account: Account
    cloud: str
    url: str

    def issue(self, tenant_id: str, client_id: str) -> str:
        """Give a token of an application in a tenant."""
        claims: JsonObject = {
            "tid": tenant_id,
            "appid": client_id,
            "oid": Caller("", tenant_id, client_id).object_id,
        }
        return self._signed.issue(self.url, claims, seconds=LIFETIME_SECONDS)

    def read(self, token: str, subscription_id: str = "") -> Caller | None:
        """Give whose token it is, or None when it is none of this cloud's or too old."""
        claims = self._signed.read(token, self.url)
        if not claims:
            return None
        subscription = subscription_id or self.account.default.subscription_id
        return Caller(subscription, text(claims, "tid"), text(claims, "appid"))

    def audience(self, token: str) -> str:
        """Give the cloud that a token is for; "" when none of ours issued it, or it is too old."""
        return self._signed.audience(token)

    @property
    def _signed(self) -> SignedTokens:
        return SignedTokens(bytes.fromhex(self.account.token_key))


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
        if path == "common/discovery/instance":
            return _discovered(request.query.get("authorization_endpoint", ""))
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
        cloud = self._tokens.cloud
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
            "graphAudience": self._url,
            "microsoftGraphResourceId": self._url,
            "suffixes": {
                "acrLoginServer": "",
                "keyVaultDns": vault_suffix(cloud),
                "storage": storage_suffix(cloud),
            },
        }


def caller_of(request: web.BaseRequest, tokens: Tokens, subscription_id: str = "") -> Caller:
    """Give who calls; refuse as Resource Manager does when the token is missing or bad."""
    has_token = " " in request.headers.get("Authorization", "")
    if not has_token:
        raise AzureError(
            401,
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
        )
    token = bearer_token(request)
    caller = tokens.read(token, subscription_id)
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


def _discovered(authorization: str) -> web.Response:
    """Tell where an authority of this machine says more about itself."""
    authority = URL(authorization)
    if authority.host != "127.0.0.1":
        return _refusal(400, "invalid_instance", "AADSTS50049: Unknown or invalid instance.")
    tenant = authority.path.split("/")[1]
    more = authority.origin() / tenant / "v2.0/.well-known/openid-configuration"
    return web.json_response({"tenant_discovery_endpoint": str(more), "metadata": []})


def _refusal(status: int, error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=status)
