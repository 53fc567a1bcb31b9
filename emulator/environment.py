"""The environment by which programs reach an emulated cloud, as they would reach any custom one."""

import os
from pathlib import Path

from emulator import account
from emulator.certificates import trusted_file
from emulator.errors import EmulatorError
from emulator.state import State


def front_port(state: State, cloud: str) -> int:
    """Give the port at which one of the emulated clouds is."""
    return state.port("front" if cloud == account.FIRST_CLOUD else f"front:{cloud}")


def proxy_port(state: State) -> int:
    """Give the port of the proxy that knows the names of vaults and storage accounts."""
    return state.port("proxy")


def environment(
    directory: Path,
    tenant: str = "",
    cloud: str = account.FIRST_CLOUD,
    ids: account.Ids | None = None,
) -> dict[str, str]:
    """Give the variables of a cloud whose state lies in a directory, for a tenant by its name."""
    directory = directory.resolve()
    if not (directory / "state.json").exists():
        raise EmulatorError(
            f"There is no emulated cloud in {directory}. Its first start makes one: "
            f"run 'python -m emulator start --state {directory}'."
        )
    who = account.load(directory)
    application = account.tenant(directory, tenant, cloud, ids) if tenant else who.default
    host = f"127.0.0.1:{front_port(State(directory), application.cloud)}"
    trusted = str(trusted_file(directory / "certificates"))
    direct = ",".join(filter(None, ("127.0.0.1", "localhost", os.environ.get("NO_PROXY"))))
    values = {
        "SUBSCRIPTION_ID": application.subscription_id,
        "TENANT_ID": application.tenant_id,
        "CLIENT_ID": application.client_id,
        "CLIENT_SECRET": application.client_secret,
    }
    return {
        **{f"ARM_{name}": value for name, value in values.items()},
        **{f"AZURE_{name}": value for name, value in values.items()},
        "ARM_METADATA_HOSTNAME": host,
        "AZURE_AUTHORITY_HOST": f"https://{host}",
        "SSL_CERT_FILE": trusted,
        "REQUESTS_CA_BUNDLE": trusted,
        "CURL_CA_BUNDLE": trusted,
        # A proxy of the machine must not be asked for addresses of the machine.
        "NO_PROXY": direct,
        "no_proxy": direct,
        "PULUMI_HOME": str(directory / "pulumi-home"),
        "PULUMI_BACKEND_URL": f"file://{directory / 'pulumi-state'}",
        "PULUMI_CONFIG_PASSPHRASE": who.passphrase,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def proxy_variables(directory: Path) -> dict[str, str]:
    """Give the variables by which programs find vaults and storage accounts by their names."""
    url = f"http://127.0.0.1:{proxy_port(State(directory))}"
    return {"HTTPS_PROXY": url, "https_proxy": url}
