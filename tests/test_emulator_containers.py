"""A container is one thing, whether Resource Manager or a client of storage makes or deletes it."""

from collections.abc import Iterator

import httpx
import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient, ContainerClient
from conftest_emulator import Emulator
from data_cloud import CONTAINER, DataCloud, cloud, in_cloud

from emulator.arm.storage_containers import container, container_id
from emulator.values import JsonObject, find, objects

__all__ = ["cloud"]

pytestmark = pytest.mark.xdist_group("emulator")

NAME = "transfer"


class Place:
    """One storage account, seen from both sides."""

    def __init__(self, client: httpx.Client, account: str, storage: BlobServiceClient) -> None:
        self.client = client
        self.containers = f"{account}/blobServices/default/containers"
        self.storage = storage

    def arm(self, method: str, body: JsonObject | None = None) -> httpx.Response:
        """Ask Resource Manager for or about the container."""
        url = f"{self.containers}/{NAME}"
        return self.client.request(method, url, json=body)

    def at_storage(self) -> ContainerClient:
        """Give the container as a client of storage has it."""
        return self.storage.get_container_client(NAME)


@pytest.fixture
def place(emulator: Emulator, request: pytest.FixtureRequest) -> Iterator[Place]:
    group = f"/subscriptions/{emulator.subscription}/resourceGroups/{request.node.name[:80]}"
    name = f"container{abs(hash(group)) % 10**9}"
    account = f"{group}/providers/Microsoft.Storage/storageAccounts/{name}"
    with emulator.client() as client:

        def put(resource_id: str, body: JsonObject) -> JsonObject:
            answer = client.put(resource_id, json=body)
            answer.raise_for_status()
            document = answer.json()
            assert isinstance(document, dict)
            return document

        put(group, {"location": "westeurope"})
        made = put(
            account,
            {
                "location": "westeurope",
                "kind": "StorageV2",
                "sku": {"name": "Standard_LRS"},
                "properties": {"allowBlobPublicAccess": True},
            },
        )
        listed = client.post(f"{account}/listKeys").json()
        storage = BlobServiceClient(
            str(find(made, "properties", "primaryEndpoints", "blob")),
            credential={
                "account_name": name,
                "account_key": str(objects(listed, "keys")[0]["value"]),
            },
            connection_verify=emulator.ca_file,
            retry_total=0,
        )
        with storage:
            yield Place(client, account, storage)
        client.delete(group).raise_for_status()


def test_a_container_made_at_storage_is_one_of_resource_manager(place: Place) -> None:
    place.at_storage().create_container(metadata={"team": "one"}, public_access="blob")

    found = place.arm("GET").json()
    listed = place.client.get(place.containers).json()

    assert found["id"] == f"{place.containers}/{NAME}"
    assert found["properties"]["metadata"] == {"team": "one"}
    assert found["properties"]["publicAccess"] == "Blob"
    assert listed["value"] == [found]


def test_a_container_of_resource_manager_is_one_at_storage(place: Place) -> None:
    body: JsonObject = {"properties": {"metadata": {"team": "one"}, "publicAccess": "Container"}}
    place.arm("PUT", body).raise_for_status()

    found = place.at_storage().get_container_properties()

    assert (found.metadata, found.public_access) == ({"team": "one"}, "container")


def test_a_container_that_was_deleted_at_storage_is_made_anew_by_a_put(place: Place) -> None:
    place.arm("PUT", {}).raise_for_status()
    place.at_storage().upload_blob("blob", b"content")
    place.at_storage().delete_container()

    gone = place.arm("GET")
    made = place.arm("PUT", {})

    assert (gone.status_code, made.status_code) == (404, 201)
    assert list(place.at_storage().list_blob_names()) == []


def test_a_container_that_resource_manager_deletes_is_gone_at_storage(place: Place) -> None:
    place.at_storage().create_container()

    place.arm("DELETE").raise_for_status()

    assert place.arm("GET").status_code == 404
    with pytest.raises(ResourceNotFoundError):
        place.at_storage().get_container_properties()


def test_metadata_and_access_change_in_both_places(place: Place) -> None:
    client = place.at_storage()
    client.create_container(metadata={"a": "1"}, public_access="blob")

    client.set_container_metadata({"b": "2"})
    changed = place.arm("GET").json()["properties"]
    client.set_container_access_policy({})
    closed = place.arm("GET").json()["properties"]
    place.arm("PUT", {"properties": {"metadata": {"c": "3"}, "publicAccess": "Blob"}})
    found = client.get_container_properties()

    assert (changed["metadata"], changed["publicAccess"]) == ({"b": "2"}, "Blob")
    assert (closed["metadata"], closed["publicAccess"]) == ({"b": "2"}, "None")
    assert (found.metadata, found.public_access) == ({"c": "3"}, "blob")


def test_an_account_without_public_access_refuses_it_at_storage_too(place: Place) -> None:
    account = place.containers.partition("/blobServices")[0]
    closed = {"properties": {"allowBlobPublicAccess": False}}
    place.client.patch(account, json=closed).raise_for_status()

    with pytest.raises(HttpResponseError, match="Public access is not permitted"):
        place.at_storage().create_container(public_access="blob")

    assert place.arm("GET").status_code == 404


@in_cloud
async def test_what_one_side_alone_knows_after_a_kill_both_know_after_a_start(
    cloud: DataCloud,
) -> None:
    account = await cloud.account()
    at_storage = container_id(account, CONTAINER)
    cloud.state.remove(at_storage)
    in_state = container(account, "second", {})
    cloud.state.put(in_state)

    await cloud.stop()
    cloud.open()
    await cloud.start()

    assert cloud.state.get(at_storage) is not None
    assert cloud.state.get(in_state.id) is not None
    assert await cloud.blobs.container_names(account.name) == {CONTAINER, "second"}
