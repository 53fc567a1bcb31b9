"""What resource types accept and answer, read from the installed azure-native SDK's own classes."""

import typing
from collections.abc import Mapping, Sequence
from enum import Enum
from types import UnionType

from emulator.providers import schema_types
from emulator.providers.failure import Failure
from emulator.providers.schema_types import (
    input_types,
    is_input_object,
    is_output_object,
    output_types,
    required_inputs,
    sdk_class,
)
from emulator.providers.wire import UNKNOWN, Secret, Unknown
from emulator.spelling import nearest
from emulator.values import same


def check(token: str, inputs: Mapping[str, object]) -> list[Failure]:
    """Give everything in the inputs that the SDK's classes do not have."""
    return _check_object(inputs, sdk_class(token, "Args"), "", token)


def default_inputs(token: str) -> dict[str, object]:
    """Give the inputs of a resource type that have a default."""
    return schema_types.default_inputs(sdk_class(token, "Args"))


def output_names(token: str) -> list[str]:
    """Give the names of a resource type's outputs."""
    return list(output_types(sdk_class(token, "")))


def preview(token: str, inputs: Mapping[str, object]) -> dict[str, object]:
    """Give the outputs as far as the inputs tell; the rest is unknown."""
    return _preview_object(inputs, sdk_class(token, ""))


def project(token: str, outputs: Mapping[str, object]) -> dict[str, object]:
    """Give the inputs that would have led to the outputs, for an import."""
    return _project_object(outputs, sdk_class(token, "Args"))


def _check_object(value: Mapping[str, object], cls: type, path: str, owner: str) -> list[Failure]:
    types = input_types(cls)
    failures = []
    for name, item in value.items():
        where = f"{path}.{name}" if path else name
        if name.startswith("__"):
            continue
        if name not in types:
            failures.append(Failure(where, _unknown_property(where, name, list(types), owner)))
        else:
            failures += _check_value(item, types[name], where, owner)
    for name in sorted(required_inputs(cls) - value.keys()):
        where = f"{path}.{name}" if path else name
        failures.append(Failure(where, f"missing required property '{where}'"))
    return failures


def _check_value(value: object, hint: object, path: str, owner: str) -> list[Failure]:
    if isinstance(value, Secret):
        value = value.value
    if value is None or isinstance(value, Unknown):
        return []
    if is_input_object(hint):
        assert isinstance(hint, type)
        if not isinstance(value, Mapping):
            return [_wrong_type(path, value, "object")]
        return _check_object(value, hint, path, owner)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is UnionType:
        return _check_union(value, args, path, owner)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            return [_wrong_type(path, value, "object")]
        items = [(f"{path}[{key}]", item) for key, item in value.items()]
        return [f for where, item in items for f in _check_value(item, args[1], where, owner)]
    if origin is not None and issubclass(origin, Sequence):
        if not isinstance(value, list):
            return [_wrong_type(path, value, "array")]
        items = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
        return [f for where, item in items for f in _check_value(item, args[0], where, owner)]
    return _check_plain(value, hint, path, owner)


def _check_union(value: object, args: tuple[object, ...], path: str, owner: str) -> list[Failure]:
    enums = [arg for arg in args if isinstance(arg, type) and issubclass(arg, Enum)]
    if enums:
        return _check_plain(value, enums[0], path, owner)
    tried = [_check_value(value, arg, path, owner) for arg in args]
    return min(tried, key=len, default=[])


def _check_plain(value: object, hint: object, path: str, owner: str) -> list[Failure]:
    if not isinstance(hint, type):
        return []
    if issubclass(hint, Enum):
        choices = [str(member.value) for member in hint]
        if value in choices:
            return []
        reason = f"'{value}' is not a value of '{path}' of {owner}: {', '.join(choices)}."
        return [Failure(path, reason + nearest(str(value), choices))]
    names = {str: "string", bool: "boolean", int: "integer", float: "number"}
    if hint not in names:
        return []
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = is_number if hint in (int, float) else isinstance(value, hint)
    return [] if fits else [_wrong_type(path, value, names[hint])]


def _unknown_property(path: str, name: str, known: list[str], owner: str) -> str:
    return f"'{path}' is not a property of {owner}.{nearest(name, known)}"


def _wrong_type(path: str, value: object, wanted: str) -> Failure:
    # The value itself is left out: it may be a secret.
    names = {str: "a string", bool: "a boolean", list: "an array", dict: "an object"}
    got = names.get(type(value), "a number")
    return Failure(path, f"'{path}' should be of type '{wanted}' but got {got}")


def _preview_object(value: Mapping[str, object], cls: type) -> dict[str, object]:
    return {
        name: _preview_value(value[name], hint) if value.get(name) is not None else UNKNOWN
        for name, hint in output_types(cls).items()
    }


def _preview_value(value: object, hint: object) -> object:
    if isinstance(value, Secret):
        return Secret(_preview_value(value.value, hint))
    if is_output_object(hint) and isinstance(value, Mapping):
        assert isinstance(hint, type)
        return _preview_object(value, hint)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return value if isinstance(value, Mapping) and not is_output_object(args[1]) else UNKNOWN
    if isinstance(origin, type) and issubclass(origin, Sequence) and isinstance(value, list):
        return [_preview_value(item, args[0]) for item in value]
    return value


def _project_object(value: Mapping[str, object], cls: type) -> dict[str, object]:
    return {
        name: _project_value(value[name], hint)
        for name, hint in input_types(cls).items()
        if value.get(name) is not None
    }


def _project_value(value: object, hint: object) -> object:
    if is_input_object(hint) and isinstance(value, Mapping):
        assert isinstance(hint, type)
        return _project_object(value, hint)
    if isinstance(hint, type) and issubclass(hint, Enum):  # Azure answers some in its own case
        return next((m.value for m in hint if same(str(m.value), str(value))), value)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(origin, type) and issubclass(origin, Sequence):
        if isinstance(value, Mapping):  # identities go in as a list and come back as a map
            return list(value)
        if isinstance(value, list):
            return [_project_value(item, args[0]) for item in value]
    if isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(value, Mapping):
        return {key: _project_value(item, args[1]) for key, item in value.items()}
    return value
