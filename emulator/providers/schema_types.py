"""The azure-native SDK's classes as they describe themselves."""

import importlib
import operator
import typing
from collections.abc import Mapping, Sequence
from functools import cache, reduce
from inspect import Parameter, signature

from emulator.errors import EmulatorError


@cache
def sdk_class(token: str, suffix: str) -> type:
    """Give the class of a token: that of its arguments with the suffix "Args"."""
    _, module_name, name = token.split(":")
    if "/" in module_name:
        # Loaded late, as it loads Pulumi.
        from emulator.providers.later_pipelines import pipeline_class

        return pipeline_class(name, suffix)
    try:
        # Only the package of one namespace is loaded, which loads its classes when asked for.
        module = importlib.import_module(f"pulumi_azure_native.{module_name}")
        found = getattr(module, name + suffix)
    except (ImportError, AttributeError) as exc:
        raise EmulatorError(f"The azure-native SDK does not have '{token}'.") from exc
    assert isinstance(found, type)
    return found


@cache
def input_types(cls: type) -> dict[str, object]:
    """Give the types of a class's inputs by their names on the wire."""
    from pulumi import _types  # costs 0.3 s, and only a session of Pulumi needs it

    return {name: _strip(hint) for name, hint in _types.input_type_types(cls).items()}


@cache
def output_types(cls: type) -> dict[str, object]:
    """Give the types of a class's outputs by their names on the wire."""
    from pulumi import _types

    is_nested = _types.is_output_type(cls)
    found = _types.output_type_types(cls) if is_nested else _types.resource_types(cls)
    return {name: _strip(hint) for name, hint in found.items()}


@cache
def required_inputs(cls: type) -> frozenset[str]:
    """Give the required inputs: those without a default in the constructor."""
    from pulumi import _types

    names = _types.input_type_py_to_pulumi_names(cls)
    parameters = signature(cls).parameters
    return frozenset(
        names[name]
        for name, parameter in parameters.items()
        if name in names and parameter.default is Parameter.empty
    )


@cache
def default_inputs(cls: type) -> dict[str, object]:
    """Give the inputs that the constructor fills in when they are left out."""
    from pulumi import _types

    names = _types.input_type_py_to_pulumi_names(cls)
    required = [n for n, p in signature(cls).parameters.items() if p.default is Parameter.empty]
    made = vars(cls(**dict.fromkeys(required)))
    return {names[name]: value for name, value in made.items() if value is not None}


def is_input_object(hint: object) -> bool:
    """Tell whether a type is a class of nested inputs."""
    return isinstance(hint, type) and hasattr(hint, "_pulumi_input_type")


def is_output_object(hint: object) -> bool:
    """Tell whether a type is a class of nested outputs."""
    return isinstance(hint, type) and hasattr(hint, "_pulumi_output_type")


def _strip(hint: object) -> object:
    """Give a type without the wrappers of values that come later, in lists and maps too."""
    origin = typing.get_origin(hint)
    if origin in (Sequence, Mapping):
        return origin[tuple(_strip(arg) for arg in typing.get_args(hint))]
    if origin is not typing.Union:
        return hint
    kept = []
    for arg in typing.get_args(hint):
        name = getattr(typing.get_origin(arg) or arg, "__name__", "")
        if name not in ("Output", "Awaitable", "NoneType"):
            kept.append(_strip(arg))
    return reduce(operator.or_, kept)
