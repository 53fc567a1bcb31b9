"""How azure-native's resource types lie over ARM's: ids, API versions and property names."""

import re
from dataclasses import dataclass, field

from emulator.arm.base import WRITABLE_FIELDS
from emulator.errors import EmulatorError
from emulator.providers.wire import Properties
from emulator.values import JsonObject, child, find

API_VERSION = "azureApiVersion"
_INPUT = r"{([\w.]+)}"
# Keys below these are the user's own, not the API's.
_FREE_FORM = frozenset({"tags", "metadata"})
# Inputs that are several segments of an id.
_LONG_INPUTS = frozenset({"scope", "parentResourcePath", "resourceUri"})


@dataclass(frozen=True)
class TypeMap:
    """One resource type of azure-native."""

    token: str
    path: str
    api_version: str
    flat: bool = True  # whether ARM's `properties` are spread out at the top level
    names: dict[str, str] = field(default_factory=dict)  # SDK's path -> ARM's name
    # Inputs whose change replaces, beside those of the path.
    fixed: tuple[str, ...] = ()
    singleton: bool = False  # born with its parent: set and reset, never created or deleted
    own_resources: tuple[str, ...] = ()  # properties that can be resources too
    write_only: str = ""  # a property that never comes back, below `properties`
    has_location: bool = False
    version_input: str = ""  # the input that says the API version, where the caller chooses it

    @property
    def path_inputs(self) -> list[str]:
        """Give the inputs that are part of the id."""
        return [name for name in re.findall(_INPUT, self.path) if name != "subscriptionId"]

    @property
    def name_input(self) -> str:
        """Give the input that is the resource's own name."""
        return self.path_inputs[-1]

    @property
    def is_child(self) -> bool:
        """Tell whether the resource lies below another one of its provider."""
        return self.path.partition("/providers/")[2].count("/") > 2

    def id(self, inputs: Properties, subscription_id: str) -> str:
        """Give the resource's id."""
        values = {"subscriptionId": subscription_id, **inputs}
        resource_id = re.sub(
            _INPUT, lambda name: str(find(values, *name[1].split(".")) or "").strip("/"), self.path
        )
        return resource_id if resource_id.startswith("/") else f"/{resource_id}"

    def from_id(self, resource_id: str) -> Properties:
        """Give the path's inputs of an id."""
        pattern = re.sub(_INPUT, _segments, self.path)
        found = re.fullmatch(pattern, resource_id, re.IGNORECASE)
        if found is None:
            raise EmulatorError(f"'{resource_id}' is not the id of a {self.token}: {self.path}.")
        values = {k: v for k, v in found.groupdict().items() if k != "subscriptionId"}
        return dict(values)

    def version(self, inputs: Properties) -> str:
        """Give the API version of a PUT."""
        return str(inputs[self.version_input]) if self.version_input else self.api_version

    def to_body(self, inputs: Properties) -> JsonObject:
        """Give the body of a PUT."""
        body: JsonObject = {}
        properties: JsonObject = {}
        for name, value in _renamed(inputs, self.names).items():
            if name in (*self.path_inputs, self.version_input, API_VERSION) or name.startswith(
                "__"
            ):
                continue
            if name == "properties" and not self.flat and isinstance(value, dict):
                properties.update(value)
            elif name in WRITABLE_FIELDS and (name != "sku" or self.flat):
                body[name] = value
            else:
                properties[name] = value
        identity = child(body, "identity")
        assigned = identity.get("userAssignedIdentities")
        if isinstance(assigned, list):
            identity["userAssignedIdentities"] = {str(item): {} for item in assigned}
        body["properties"] = properties
        return body

    def to_outputs(self, body: JsonObject) -> Properties:
        """Give the outputs of an ARM body."""
        outputs = {key: value for key, value in body.items() if key not in ("id", "properties")}
        properties = child(body, "properties")
        if self.flat:
            outputs.update(properties)
        else:
            outputs["properties"] = properties
        outputs = _renamed(outputs, _reversed(self.names))
        outputs[API_VERSION] = self.api_version
        return outputs


def _segments(name: re.Match[str]) -> str:
    pattern = ".+" if name[1] in _LONG_INPUTS else "[^/]+"
    # A part of an input is none by itself.
    return pattern if "." in name[1] else f"(?P<{name[1]}>{pattern})"


def _renamed(document: JsonObject, names: dict[str, str], prefix: str = "") -> JsonObject:
    renamed: JsonObject = {}
    for key, value in document.items():
        path = f"{prefix}{key}"
        renamed[names.get(path, key)] = (
            value if key in _FREE_FORM else _renamed_value(value, names, f"{path}.")
        )
    return renamed


def _renamed_value(value: object, names: dict[str, str], prefix: str) -> object:
    if isinstance(value, dict):
        return _renamed(value, names, prefix)
    if isinstance(value, list):
        return [_renamed_value(item, names, prefix) for item in value]
    return value


def _reversed(names: dict[str, str]) -> dict[str, str]:
    table = {}
    for path in names:
        parts = path.split(".")
        arm = [names.get(".".join(parts[: n + 1]), part) for n, part in enumerate(parts)]
        table[".".join(arm)] = parts[-1]
    return table
