"""Pulumi's values on the wire: plain JSON with two marks, one for secrets and one for unknowns."""

from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Struct, Value

_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
_SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"

Properties = dict[str, object]


class Unknown:
    """A value that the preview does not know."""

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that must not be shown."""

    value: object

    def __repr__(self) -> str:
        return "<secret>"


def decode(struct: Struct) -> Properties:
    """Read properties; numbers without a fraction become int."""
    return {key: _decode(value) for key, value in struct.fields.items()}


def encode(properties: Properties) -> Struct:
    """Write properties; what is None is left out."""
    struct = Struct()
    for key, value in properties.items():
        if value is not None:
            struct.fields[key].CopyFrom(_encode(value))
    return struct


def bare(value: object) -> object:
    """Give the value without marks of secrecy."""
    if isinstance(value, Secret):
        return bare(value.value)
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items()}
    if isinstance(value, list):
        return [bare(item) for item in value]
    return value


def bare_properties(properties: Properties) -> Properties:
    """Give properties without marks of secrecy."""
    return {key: bare(value) for key, value in properties.items()}


def has_unknown(value: object) -> bool:
    """Tell whether something in the value is not known."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, Secret):
        return has_unknown(value.value)
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    return isinstance(value, list) and any(has_unknown(item) for item in value)


def mark_secrets(value: object, like: object) -> object:
    """Mark in a value as secret what is secret at the same place of another."""
    if isinstance(like, Secret):
        return value if value is None else Secret(value)
    if isinstance(value, dict) and isinstance(like, dict):
        return {key: mark_secrets(item, like.get(key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(like, list) and len(value) == len(like):
        return [mark_secrets(item, other) for item, other in zip(value, like, strict=True)]
    return value


def mark_properties(properties: Properties, like: Properties) -> Properties:
    """Mark secret properties as those of another set are."""
    return {key: mark_secrets(value, like.get(key)) for key, value in properties.items()}


def _decode(value: Value) -> object:
    kind = value.WhichOneof("kind")
    readers: dict[str | None, Callable[[], object]] = {
        "bool_value": lambda: value.bool_value,
        "number_value": lambda: _number(value.number_value),
        "string_value": lambda: UNKNOWN if value.string_value == _UNKNOWN else value.string_value,
        "list_value": lambda: [_decode(item) for item in value.list_value.values],
        "struct_value": lambda: _object(value.struct_value),
    }
    reader = readers.get(kind)
    return reader() if reader else None


def _object(struct: Struct) -> object:
    if (
        struct.fields[_SIGNATURE_KEY].string_value == _SECRET_SIGNATURE
        if (_SIGNATURE_KEY in struct.fields)
        else False
    ):
        return Secret(_decode(struct.fields["value"]))
    return decode(struct)


def _number(value: float) -> int | float:
    return int(value) if value.is_integer() else value


def _encode(value: object) -> Value:
    match value:
        case Unknown():
            return Value(string_value=_UNKNOWN)
        case Secret():
            inner = {_SIGNATURE_KEY: _SECRET_SIGNATURE, "value": value.value}
            return Value(struct_value=encode(inner))
        case None:
            return Value(null_value=NULL_VALUE)
        case bool():
            return Value(bool_value=value)
        case int() | float():
            return Value(number_value=value)
        case str():
            return Value(string_value=value)
        case list() | tuple():
            return Value(list_value=ListValue(values=[_encode(item) for item in value]))
        case dict():
            return Value(struct_value=encode({str(k): v for k, v in value.items()}))
    raise TypeError(f"{type(value).__name__} cannot be sent to the engine")
