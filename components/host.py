"""The provider that hosts both components for Pulumi programs in other languages."""

import inspect
import json
from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi.errors import InputPropertiesError, InputPropertyErrorDetails
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.analyzer import Analyzer
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.experimental.util import camel_case
from pulumi.provider.server import ComponentInitError

from .args import SideArgs
from .model.errors import SettingsError
from .model.options import SideOptions, SourceOptions, TargetOptions
from .source_side import SourceSide
from .target_side import TargetSide

# The first part of the components' type tokens.
PACKAGE = "acrtransfer"

_OPTIONS: dict[type[pulumi.ComponentResource], type[SideOptions]] = {
    SourceSide: SourceOptions,
    TargetSide: TargetOptions,
}


class ComponentHost(ComponentProvider):
    """Makes the components, and tells of their inputs, as the SDK's provider does.

    Beyond that it gives every input its text and says our own errors without a traceback.
    """

    def __init__(self) -> None:
        super().__init__(list(_OPTIONS), PACKAGE)
        self.schema = _documented(json.loads(self.schema or ""))

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Make one component."""
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            refused = error.inner.__cause__
            if isinstance(refused, SettingsError):
                raise InputPropertiesError("", _reasons(refused)) from error
            if isinstance(error.inner, pulumi.RunError):
                raise error.inner from None
            raise


def serve(arguments: Sequence[str]) -> None:
    """Answer the engine until it ends the process."""
    main(ComponentHost(), list(arguments))


def _reasons(error: SettingsError) -> list[InputPropertyErrorDetails]:
    return [
        {"property_path": camel_case(problem.where), "reason": str(problem)}
        for problem in error.problems
    ]


def _documented(package: dict[str, Any]) -> str:
    """Add what the SDK's analyzer does not see: the texts of inherited keys, and what is secret."""
    texts = Analyzer(PACKAGE)
    for component, options in _OPTIONS.items():
        resource = package["resources"][f"{PACKAGE}:index:{component.__name__}"]
        resource["description"] = inspect.getdoc(component)
        inputs = resource["inputProperties"]
        for key in SideArgs.__annotations__:
            inputs[camel_case(key)]["description"] = texts.get_docstring(SideArgs, key)
        for key, field in options.model_fields.items():
            inputs[camel_case(key)]["description"] = field.description
        inputs["sas"]["secret"] = True
    return json.dumps(package)
