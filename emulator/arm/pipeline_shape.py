"""What the properties of a pipeline may hold, in each API version."""

from collections.abc import Mapping

from emulator.errors import AzureError
from emulator.spelling import nearest
from emulator.values import JsonObject

# From this version on a pipeline may go without a vault; older ones only know SAS tokens.
ACCESS_MODES_SINCE = "2025-06-01"
_ACCESS_MODE = "storageAccessMode"

# Objects are written as what they hold, lists as lists; everything else is a text.
_Shape = Mapping[str, object]
_COMMON: _Shape = {"options": [], "provisioningState": ""}
_TRIGGER: _Shape = {"sourceTrigger": {"status": ""}}


def check_shape(side: str, properties: JsonObject, api_version: str) -> None:
    """Refuse what an export pipeline (`target`) or an import pipeline (`source`) does not have."""
    container: _Shape = {"type": "", "uri": "", "keyVaultUri": ""}
    if api_version >= ACCESS_MODES_SINCE:
        container = {**container, _ACCESS_MODE: ""}
    trigger = {"trigger": _TRIGGER} if side == "source" else {}
    _check(properties, {**_COMMON, side: container, **trigger}, "properties")


def _check(value: object, shape: object, path: str) -> None:
    kind = type(shape)
    if value is None:
        return
    if not isinstance(value, kind):
        # The value itself is left out: it may be a secret.
        names: dict[type, str] = {dict: "an object", list: "a list", str: "a text"}
        raise _invalid(f"Error converting {type(value).__name__} to {names[kind]}.", path)
    if not isinstance(value, dict) or not isinstance(shape, dict):
        return
    for name, item in value.items():
        if name not in shape:
            raise _unknown(name, list(shape), f"{path}.{name}")
        _check(item, shape[name], f"{path}.{name}")


def _unknown(name: str, known: list[str], path: str) -> AzureError:
    if name == _ACCESS_MODE and "uri" in known:
        hint = f" It exists from API version {ACCESS_MODES_SINCE}-preview on."
    else:
        hint = nearest(name, known)
    return _invalid(f"Could not find member '{name}'.", path, hint)


def _invalid(reason: str, path: str, hint: str = "") -> AzureError:
    return AzureError(
        400,
        "InvalidRequestContent",
        f"The request content was invalid and could not be deserialized: '{reason} "
        f"Path '{path}'.'{hint}",
    )
