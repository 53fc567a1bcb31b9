"""The account that `az login` has made the active one: it is asked of `az`, and never changed."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from transfer.azure.sign_in import OTHER_AZ_CLOUDS, SignIn

_TIMEOUT_SECONDS = 30
_CLOUDS = {"public": "AzureCloud", **OTHER_AZ_CLOUDS}


@dataclass(frozen=True)
class AzAccount:
    """Who is signed in to `az`, and where."""

    user: str
    tenant: str
    subscription: str
    cloud: str

    def serves(self, sign_in: SignIn) -> bool:
        """Tell whether a side signs in with it: in its tenant and cloud, and as no application."""
        is_there = sign_in.metadata_host or _CLOUDS[sign_in.cloud] == self.cloud
        is_tenant = not sign_in.tenant or sign_in.tenant.lower() == self.tenant.lower()
        return bool(not sign_in.client and is_there and is_tenant)


def read_az_account(environment: Mapping[str, str]) -> AzAccount | None:
    """Ask `az` for its active account; None where there is none, or another one comes before it."""
    # azure-identity takes the application of this variable first.
    az = shutil.which("az", path=environment.get("PATH", ""))
    if az is None or environment.get("AZURE_CLIENT_ID"):
        return None
    try:
        answer = subprocess.run(
            [az, "account", "show", "--output", "json"],
            env=dict(environment),
            check=True,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
        )
        account = json.loads(answer.stdout)
        return AzAccount(
            user=str(account["user"]["name"]),
            tenant=str(account["tenantId"]),
            subscription=str(account["id"]),
            cloud=str(account["environmentName"]),
        )
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return None


def subscription_of(sign_in: SignIn, az: AzAccount | None) -> str:
    """Give a side's subscription; as Pulumi's provider does, that of `az` where none is named."""
    if sign_in.subscription or az is None or not az.serves(sign_in):
        return sign_in.subscription
    return az.subscription


def describe(sign_in: SignIn, az: AzAccount | None) -> str:
    """Say who a side signs in as, and where."""
    tenant = sign_in.tenant
    who = "the account that azure-identity finds"
    if sign_in.client:
        who = f"application {sign_in.client}"
    elif az is not None and az.serves(sign_in):
        who = f"{az.user} of az login"
        tenant = az.tenant
    subscription = subscription_of(sign_in, az)
    where = [
        f"tenant {tenant}" if tenant else "no tenant named",
        f"subscription {subscription}" if subscription else "no subscription named",
        f"cloud {sign_in.metadata_host or sign_in.cloud}",
    ]
    return f"{sign_in.whose}: {', '.join([who, *where])}"
