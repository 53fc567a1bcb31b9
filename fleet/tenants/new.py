"""Writes the folder of a new tenant."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pydantic
import yaml
from pydantic_core import ErrorDetails

from components.model.errors import Problem, SettingsError
from components.model.names import SIDES, Side
from components.model.value_types import Registry
from components.model.wrong_values import rule_of
from fleet.tenants.folder import (
    FOLDER,
    SHARED_FILE,
    Tenant,
    free_prefix,
    require_free_name,
)

_IMAGES = """\
# What moves for {name}, such as [shop/web:1.4]. Then: acr-transfer lock --dir {folder}
images: []
"""
_EXAMPLE = "Write it as rg-contoso/contosoregistry."
_REGISTRY = pydantic.TypeAdapter[str](Registry)


@dataclass(frozen=True)
class SideGiven:
    """What is known of a side of a new tenant."""

    registry: str
    """As `<resource group>/<name>`."""
    place: Mapping[str, str] = field(default_factory=dict)
    """Keys of Pulumi's Azure provider that differ from the others', such as `subscriptionId`."""


def make_tenant(
    tenant: Tenant, sides: Mapping[Side, SideGiven], secrets_provider: str | None = None
) -> list[Path]:
    """Write the folder of a tenant, and give the files; a failure leaves none.

    Args:
        secrets_provider: What encrypts the secrets of its stacks, if not the backend's default.

    Raises:
        SettingsError: the name or a registry is wrong, or the name is taken.
        OSError: the folder cannot be written.
    """
    require_free_name(tenant)
    problems = [
        Problem(f"--{side}", given.registry, rule_of(item["type"], item["msg"]), _EXAMPLE)
        for side, given in sides.items()
        for item in _registry_faults(given.registry)
    ]
    if problems:
        raise SettingsError(problems)
    prefix = free_prefix(tenant)
    encryption = {"secretsprovider": secrets_provider} if secrets_provider else {}
    texts = {
        tenant.folder / "Pulumi.yaml": _yaml(_project(tenant)),
        tenant.folder / "images.yaml": _IMAGES.format(
            name=tenant.name, folder=f"{FOLDER}/{tenant.name}"
        ),
        **{
            tenant.stack_file(side): _yaml(
                {**encryption, "config": _stack(tenant, side, prefix, sides[side])}
            )
            for side in SIDES
        },
    }
    tenant.folder.mkdir(parents=True)
    try:
        for file, text in texts.items():
            file.write_text(text, encoding="utf-8")
    except OSError:
        shutil.rmtree(tenant.folder, ignore_errors=True)
        raise
    return list(texts)


def _project(tenant: Tenant) -> dict[str, object]:
    config = {"acr-transfer:folder": {"value": f"{FOLDER}/{tenant.name}"}}
    if (tenant.root / SHARED_FILE).is_file():
        config["acr-transfer:shared_file"] = {"value": f"../../{SHARED_FILE}"}
    return {
        "name": "acr-transfer",
        "description": f"The pair of stacks of {tenant.name}.",
        # The program of all tenants; this folder alone is the tenant's own.
        "main": "../..",
        "runtime": {
            "name": "python",
            "options": {"toolchain": "pip", "virtualenv": "../../.venv"},
        },
        "config": config,
    }


def _stack(tenant: Tenant, side: Side, prefix: str, given: SideGiven) -> dict[str, object]:
    own: dict[str, object] = {"side": side, "registry": given.registry, "prefix": prefix}
    if side == "source":
        own |= {"images_file": "images.yaml", "images_lock": "images.lock"}
    else:
        own["source_stack"] = tenant.stack("source")
    keys = {f"acr-transfer:{key}": value for key, value in own.items()}
    return keys | {f"azure-native:{key}": value for key, value in given.place.items()}


def _registry_faults(registry: str) -> list[ErrorDetails]:
    try:
        _REGISTRY.validate_python(registry)
    except pydantic.ValidationError as error:
        return error.errors()
    return []


def _yaml(content: Mapping[str, object]) -> str:
    return yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True)
