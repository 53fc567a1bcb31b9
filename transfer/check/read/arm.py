"""Plain reads of Resource Manager, through the pipeline of a client that is there anyway."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

import pydantic
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.core.rest import HttpRequest
from azure.mgmt.containerregistry import ContainerRegistryManagementClient

from components.model.diagnosis import explain
from components.model.resource_ids import subscription_of
from transfer.azure.cloud_access import Access, service_text
from transfer.check.facts import Missing, Unread

_Shape = TypeVar("_Shape", bound=pydantic.BaseModel)
_Fact = TypeVar("_Fact")


class Arm:
    """Reads what a path names, in a shape that the caller gives."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def get(self, shape: type[_Shape], resource_id: str, api_version: str) -> _Shape:
        """Read one resource."""
        client = self._client(resource_id)
        return shape.model_validate(_read(client, resource_id, {"api-version": api_version}))

    def list(
        self, shape: type[_Shape], path: str, api_version: str, filter_: str = ""
    ) -> Iterator[_Shape]:
        """Read a list, page by page."""
        parameters = {"api-version": api_version}
        if filter_:
            parameters["$filter"] = filter_
        client = self._client(path)
        page = _Page.model_validate(_read(client, path, parameters))
        while True:
            yield from map(shape.model_validate, page.value)
            if not page.next_link:
                return
            page = _Page.model_validate(_read(client, page.next_link, {}))

    def attempt(self, what: str, read: Callable[[], _Fact]) -> _Fact | Missing | Unread:
        """Read something that may not be there, or that the account may not read.

        Raises:
            CommandFailedError: Azure cannot be reached, or accepts no sign-in.
        """
        try:
            return read()
        except ClientAuthenticationError as error:
            raise self._access.refused(what, error) from error
        except HttpResponseError as error:
            if error.status_code == 404:
                return Missing(what)
            text = service_text(error)
            diagnosis = explain(text)
            why = f"Azure does not let it be read: {text}"
            return Unread(f"{what} cannot be read", why, diagnosis.fix)
        except AzureError as error:
            raise self._access.refused(what, error) from error

    def _client(self, path: str) -> ContainerRegistryManagementClient:
        return self._access.clients.registries(subscription_of(path))


class _Page(pydantic.BaseModel):
    value: list[dict[str, object]]
    next_link: str = pydantic.Field("", alias="nextLink")


def _read(
    client: ContainerRegistryManagementClient, url: str, parameters: Mapping[str, str]
) -> object:
    response = client.send_request(HttpRequest("GET", url, params=dict(parameters)))
    response.raise_for_status()
    return response.json()
