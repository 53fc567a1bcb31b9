"""Where each value of a tenant's stack comes from."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from components.model.configuration import NAMESPACE, configuration_keys
from components.model.errors import TransferError
from components.model.names import Side
from components.model.settings import SourceSettings, TargetSettings
from components.model.shared_values import read_shared
from fleet.tenants.folder import Tenant
from transfer.stack_file import Entry, read_entries, read_project_entries

_SHARED = f"{NAMESPACE}:shared_file"
_MODELS: Mapping[Side, type[SourceSettings] | type[TargetSettings]] = {
    "source": SourceSettings,
    "target": TargetSettings,
}


@dataclass(frozen=True)
class Origin:
    """A value of a stack, and the file that it is written in."""

    key: str
    value: str
    """As text; `[secret]` for one that is encrypted."""
    file: str
    """Empty for a default."""


def origins(tenant: Tenant, side: Side) -> Iterator[Origin]:
    """Tell each value that a side of a tenant has, in the order of the documentation.

    Raises:
        SettingsError: the shared file cannot be used.
        WrongUseError: a file of the tenant is not YAML.
    """
    file = tenant.stack_file(side)
    own, project = read_entries(file), read_project_entries(file)
    shared_file = str(own.get(_SHARED, {}).get("value") or "")
    keys = configuration_keys(side)
    shared: Mapping[str, object] = {}
    if shared_file:
        path = tenant.folder / shared_file
        shared = read_shared(path, shared_file, side, keys, NAMESPACE)
    for key in keys:
        name = f"{NAMESPACE}:{key}"
        default = _MODELS[side].model_fields[key].get_default(call_default_factory=True)
        if name in own:
            written = "Pulumi.yaml" if own[name] == project.get(name) else file.name
            yield Origin(key, _text(own[name]), written)
        elif key in shared:
            yield Origin(key, _json(shared[key]), shared_file)
        elif default is not None:
            yield Origin(key, _json(default), "")
    for name, entry in own.items():
        if not name.startswith(f"{NAMESPACE}:"):
            written = "Pulumi.yaml" if entry == project.get(name) else file.name
            yield Origin(name, _text(entry), written)


def tags_of(tenant: Tenant, side: Side) -> Mapping[str, str]:
    """Give the tags of a side, or none where its files cannot be read."""
    try:
        text = next((item.value for item in origins(tenant, side) if item.key == "tags"), "{}")
        tags = json.loads(text)
    except (TransferError, ValueError):
        return {}
    return tags if isinstance(tags, dict) else {}


def _json(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=list)


def _text(entry: Entry) -> str:
    return str(entry["value"]) if "value" in entry else "[secret]"
