"""The cloud's memory: every resource, kept as JSON in one file that only its owner can read."""

import json
import random
import socket
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from emulator.errors import AzureError, EmulatorError
from emulator.private_files import write_private
from emulator.settings import Settings
from emulator.values import JsonObject, child, number, objects, text

# Below the ports that systems give to outgoing connections: none of those takes a port that an
# emulator comes back to after a restart.
_PORTS = range(20_000, 32_000)


@dataclass
class Resource:
    """What Azure shows of a resource (`body`) and what it never shows (`private`)."""

    id: str
    type: str
    body: JsonObject
    private: JsonObject = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Give the last segment of the id."""
        return self.id.rsplit("/", 1)[-1]

    @property
    def properties(self) -> JsonObject:
        """Give the body's properties; changing them changes the body."""
        properties = self.body.setdefault("properties", {})
        assert isinstance(properties, dict)
        return properties


class State:
    """The resources, ports and settings of one cloud; a change is on disk when its call returns."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self.settings = Settings()
        self.requests: Counter[str] = Counter()
        """Of registries, as "GET manifests"; since the start, or since they were forgotten."""
        self._resources: dict[str, Resource] = {}
        # A fleet has thousands: to look at all for those of one type, or to turn all into JSON for
        # each change, takes too long.
        self._by_type: defaultdict[str, dict[str, Resource]] = defaultdict(dict)
        self._texts: dict[str, str] = {}
        self._ports: dict[str, int] = {}
        self._file = self.directory / "state.json"
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._file.exists():
            self._load()

    def get(self, resource_id: str) -> Resource | None:
        """Give the resource, or None; ids compare case-insensitively."""
        return self._resources.get(resource_id.lower().rstrip("/"))

    def require(self, resource_id: str) -> Resource:
        """Give the resource, or refuse as Azure does."""
        resource = self.get(resource_id)
        if resource is None:
            raise not_found(resource_id)
        return resource

    def put(self, resource: Resource) -> None:
        """Keep a new or changed resource; call it again after changing a body in place."""
        self._keep(resource)
        self.save()

    def remove(self, resource_id: str) -> None:
        """Forget the resource and all that lies under it."""
        key = resource_id.lower().rstrip("/")
        gone = [k for k in self._resources if k == key or k.startswith(key + "/")]
        for k in gone:
            del self._by_type[self._resources[k].type.lower()][k]
            del self._resources[k], self._texts[k]
        if gone:
            self.save()

    def under(self, resource_id: str) -> list[Resource]:
        """Give everything that lies under an id, deepest first."""
        prefix = resource_id.lower().rstrip("/") + "/"
        found = [r for key, r in self._resources.items() if key.startswith(prefix)]
        return sorted(found, key=lambda resource: -resource.id.count("/"))

    def list(self, type_: str, under: str = "") -> list[Resource]:
        """Give the resources of a type, all or those whose id lies under another id."""
        prefix = under.lower().rstrip("/") + "/" if under else ""
        found = self._by_type[type_.lower()]
        return [resource for key, resource in found.items() if key.startswith(prefix)]

    def port(self, name: str) -> int:
        """Give the port of a name: free when first asked for, the same ever after."""
        if name not in self._ports:
            self._ports[name] = self._free_port()
            self.save()
        return self._ports[name]

    def save(self) -> None:
        """Write everything, atomically."""
        others = {"ports": self._ports, "settings": self.settings.to_json()}
        text_of_others = json.dumps(others).removeprefix("{")
        resources = ", ".join(self._texts.values())
        write_private(self._file, f'{{"resources": [{resources}], {text_of_others}'.encode())

    def _keep(self, resource: Resource) -> None:
        key = resource.id.lower()
        self._resources[key] = resource
        self._by_type[resource.type.lower()][key] = resource
        self._texts[key] = json.dumps(vars(resource))

    def _load(self) -> None:
        try:
            document = json.loads(self._file.read_text(encoding="utf-8"))
        except ValueError as exc:
            raise EmulatorError(
                f"{self._file} cannot be read as JSON: {exc}. It holds the emulated cloud's "
                "resources. Run 'python -m emulator purge' to start from an empty cloud."
            ) from exc
        for item in objects(document, "resources"):
            resource = Resource(
                id=text(item, "id"),
                type=text(item, "type"),
                body=child(item, "body"),
                private=child(item, "private"),
            )
            self._keep(resource)
        ports = child(document, "ports")
        self._ports = {name: int(number(ports, name)) for name in ports}
        self.settings = Settings.from_json(child(document, "settings"))

    def _free_port(self) -> int:
        for port in random.sample(_PORTS, len(_PORTS)):
            if port not in self._ports.values() and _is_free(port):
                return port
        raise EmulatorError(f"No port from {_PORTS.start} to {_PORTS.stop - 1} is free.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def not_found(resource_id: str) -> AzureError:
    """Refuse with the sentence that Resource Manager has for an id that nothing answers to."""
    parts = resource_id.strip("/").split("/")
    group = parts[3] if len(parts) > 3 and parts[2].lower() == "resourcegroups" else ""
    if group and len(parts) == 4:
        message = f"Resource group '{group}' could not be found."
        return AzureError(404, "ResourceGroupNotFound", message)
    name = "/".join(parts[parts.index("providers") + 1 :]) if "providers" in parts else resource_id
    return AzureError(
        404,
        "ResourceNotFound",
        f"The Resource '{name}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )
