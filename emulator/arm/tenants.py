"""To which tenant a subscription belongs, and what that keeps from the others."""

from emulator.arm.base import Caller
from emulator.errors import AzureError
from emulator.resource_types import (
    ACCESS_POLICY_TYPE,
    ASSIGNMENT_TYPE,
    EXPORT_TYPE,
    IDENTITY_TYPE,
    IMPORT_TYPE,
    SUBSCRIPTION_TYPE,
    VAULT_TYPE,
)
from emulator.state import Resource, State
from emulator.values import JsonObject, child, objects, same, text

_HAVE_PRINCIPALS = (
    IDENTITY_TYPE,
    EXPORT_TYPE,
    IMPORT_TYPE,
)


def tenant_of(state: State, resource_id: str) -> str:
    """Give the tenant of the subscription that an id lies in; "" while nobody wrote into it."""
    subscription = state.get(_subscription_id(resource_id))
    return text(subscription.body, "tenantId") if subscription else ""


def claim(state: State, resource_id: str, tenant_id: str) -> None:
    """Give a subscription to the tenant that is the first to write into it."""
    subscription_id = _subscription_id(resource_id)
    if state.get(subscription_id) is None:
        body: JsonObject = {"id": subscription_id, "tenantId": tenant_id}
        state.put(Resource(subscription_id, SUBSCRIPTION_TYPE, body))


def require_tenant(state: State, resource_id: str, caller: Caller) -> None:
    """Refuse a caller of another tenant than the subscription's."""
    owner = tenant_of(state, resource_id)
    if not owner or same(owner, caller.tenant_id):
        return
    raise AzureError(
        401,
        "InvalidAuthenticationTokenTenant",
        "The access token is from the wrong issuer "
        f"'https://sts.windows.net/{caller.tenant_id}/'. It must match the tenant "
        f"'https://sts.windows.net/{owner}/' associated with this subscription. Please use the "
        f"authority (URL) 'https://login.windows.net/{owner}' to get the token. Note, if the "
        "subscription is transferred to another tenant there is no impact to the services, but "
        "information about new tenant could take time to propagate (upto an hour). If you just "
        "transferred your subscription and see this error message, please try back later.",
    )


def require_own_principals(state: State, type_: str, body: JsonObject, caller: Caller) -> None:
    """Refuse a vault of another tenant, and a grant to a principal of another one."""
    properties = child(body, "properties")
    tenant_id = text(properties, "tenantId", default=caller.tenant_id)
    if same(type_, VAULT_TYPE) and not same(tenant_id, caller.tenant_id):
        raise _invalid("tenantId")
    if same(type_, VAULT_TYPE) or same(type_, ACCESS_POLICY_TYPE):
        for policy in objects(properties, "accessPolicies"):
            if not same(text(policy, "tenantId"), caller.tenant_id):
                raise _invalid("accessPolicies.tenantId")
            if _is_foreign(state, text(policy, "objectId"), caller):
                raise _invalid("accessPolicies.objectId")
    principal = text(properties, "principalId")
    is_grant = same(type_, ASSIGNMENT_TYPE)
    if is_grant and _is_foreign(state, principal, caller):
        raise AzureError(
            400,
            "PrincipalNotFound",
            f"Principal {principal.replace('-', '')} does not exist in the directory "
            f"{caller.tenant_id}. Check that you have the correct principal ID.",
        )


def _is_foreign(state: State, principal: str, caller: Caller) -> bool:
    """Tell whether an identity of another tenant has this principal."""
    return any(
        same(text(owner.properties, "principalId"), principal)
        or same(text(owner.body, "identity", "principalId"), principal)
        for type_ in _HAVE_PRINCIPALS
        for owner in state.list(type_)
        if not same(tenant_of(state, owner.id), caller.tenant_id)
    )


def _subscription_id(resource_id: str) -> str:
    return "/".join(resource_id.split("/")[:3])


def _invalid(name: str) -> AzureError:
    return AzureError(400, "BadRequest", f"An invalid value was provided for '{name}'.")
