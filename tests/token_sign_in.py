"""A side that signs in with one token, in a cloud of its own."""

from azure.core.credentials import AccessToken

from transfer.azure.clients import Clients
from transfer.azure.cloud import AzureCloud
from transfer.azure.cloud_access import Access
from transfer.azure.endpoints import Endpoints
from transfer.clock import Clock

CUSTOM = Endpoints(
    resource_manager="https://arm.example",
    authority="https://login.example",
    arm_scope="https://audience.example/.default",
    registry_scope="https://audience.example/.default",
    is_custom=True,
)


class Token:
    """A credential that has one token, whatever it is for."""

    def __init__(self, token: str = "token") -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken(self._token, 4102444800)


def access_cloud(endpoints: Endpoints, credential: Token, clock: Clock) -> AzureCloud:
    """Give the cloud of a side that signs in with a token."""
    clients = Clients(endpoints, credential)
    return AzureCloud(Access(endpoints, credential, clients, "source side"), clock)
