"""What a component is told: plain values are checked at once, outputs as soon as they are known."""

import json
from collections.abc import Awaitable, Iterator, Mapping
from typing import TypeVar, cast

import pulumi
import pydantic
from pydantic_core import ErrorDetails

from .args import SideArgs
from .azure.engine_errors import without_traceback
from .model.errors import Problem, SettingsError
from .model.options import SideOptions
from .model.value_types import (
    Location,
    RegistryName,
    ResourceGroup,
    ResourceGroupName,
    Workspace,
)
from .model.wrong_values import nearest_of, rule_of

Options = TypeVar("Options", bound=SideOptions)

_Inputs = Mapping[str, tuple[pydantic.TypeAdapter[str], str]]

# With an example each. The SAS is an input too: `sas` checks it, as its values are never shown.
_INPUTS: _Inputs = {
    "registry_name": (pydantic.TypeAdapter(RegistryName), "contosoregistry"),
    "registry_resource_group": (pydantic.TypeAdapter(ResourceGroupName), "rg-contoso"),
    "location": (pydantic.TypeAdapter(Location), "westeurope"),
    "resource_group": (pydantic.TypeAdapter(ResourceGroup), "rg-transfer"),
    "log_analytics_workspace": (pydantic.TypeAdapter(Workspace), "the workspace's ID"),
}

# An ID tells the subscription, and with it the provider, which must be known at once.
_LATE_INPUTS = {
    **_INPUTS,
    "resource_group": (pydantic.TypeAdapter(ResourceGroupName), "rg-transfer"),
}


def check_args(
    args: SideArgs, kind: type[SideArgs], model: type[Options]
) -> tuple[SideArgs, Options]:
    """Give the inputs, each output among them with its check, and the plain options.

    An empty text is a value that is not set, as in a stack's configuration.

    Raises:
        SettingsError: plain values are wrong, or keys are unknown or missing; it names all.
    """
    given = {key: _as_output(value) for key, value in args.items() if value != ""}
    problems = [
        *_wrong_keys(given, kind),
        *(problem for key in _INPUTS for problem in _input_problems(key, given.get(key))),
    ]
    unsettled = {
        key for key in given.keys() - _INPUTS.keys() - {"sas"} if _holds_output(given[key])
    }
    for key in sorted(unsettled):
        rule = "it decides which resources exist, so it cannot be an output of one"
        problems.append(Problem(key, "[output]", rule, "Give it a plain value."))
    plain = {key: given[key] for key in model.model_fields if key in given.keys() - unsettled}
    try:
        options = model.model_validate(plain)
    except pydantic.ValidationError as error:
        problems.extend(_option_problem(model, item) for item in error.errors())
    if problems:
        raise SettingsError(problems)
    checked = {key: _when_known(key, value) for key, value in given.items()}
    return cast("SideArgs", checked), options


def _wrong_keys(given: Mapping[str, object], kind: type[SideArgs]) -> Iterator[Problem]:
    known = kind.__annotations__
    required: frozenset[str] = vars(kind)["__required_keys__"]
    for key in sorted(required - given.keys()):
        yield Problem(key, None, "it must be set", f"Give {key} to the component.")
    for key in [key for key in given if key not in known]:
        fix = f"{nearest_of(key, known)}The keys are: {', '.join(sorted(known))}."
        # Its value is not shown: the key may be a misspelt `sas`.
        yield Problem(key, "[not shown]", "there is no such key", fix)


def _input_problems(key: str, value: object, inputs: _Inputs = _INPUTS) -> list[Problem]:
    if value is None or isinstance(value, pulumi.Output):
        return []
    kind, example = inputs[key]
    try:
        kind.validate_python(value)
    except pydantic.ValidationError as error:
        fix = f"Give it as {example!r}."
        return [
            Problem(key, value, rule_of(item["type"], item["msg"]), fix) for item in error.errors()
        ]
    return []


def _option_problem(model: type[SideOptions], item: ErrorDetails) -> Problem:
    key = str(item["loc"][0])
    path = ".".join(str(part) for part in item["loc"])
    examples = model.model_fields[key].examples
    fix = f"Give {key} as {json.dumps(examples[0])}." if examples else f"Correct {key}."
    return Problem(path, item["input"], rule_of(item["type"], item["msg"]), fix)


def _when_known(key: str, value: object) -> object:
    if key not in _INPUTS or not isinstance(value, pulumi.Output):
        return value

    @without_traceback()
    def require(known: str) -> str:
        problems = _input_problems(key, known, _LATE_INPUTS)
        if problems:
            raise SettingsError(problems)
        return known

    return value.apply(require)


def _as_output(value: object) -> object:
    return pulumi.Output.from_input(value) if isinstance(value, Awaitable) else value


def _holds_output(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_output(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_holds_output(item) for item in value)
    return isinstance(value, pulumi.Output)
