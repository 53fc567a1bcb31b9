"""The policy pack as Pulumi's engine runs it: the rules, each on what the engine hands over."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pulumi_policy
from pulumi_policy.proxy import UnknownValueError

# The engine runs this folder as a program, from wherever it is.
sys.path.insert(0, str(Path(__file__).parent.parent))

from policy.rules import RULES
from policy.rules.rule import UNKNOWN, Resource, Rule

_NAME = "acr-transfer"
# What the engine hands over of a state's secrets that it cannot decrypt.
_REDACTED = "[secret]"


def _policy(rule: Rule) -> pulumi_policy.Policy:
    level = pulumi_policy.EnforcementLevel(rule.level)
    numbers = {
        name: {"type": "number", "default": default} for name, default in rule.settings.items()
    }
    schema = pulumi_policy.PolicyConfigSchema(numbers) if numbers else None
    if rule.check_stack is not None:
        return pulumi_policy.StackValidationPolicy(
            rule.name, rule.demand, _of_stack(rule), level, schema
        )
    return pulumi_policy.ResourceValidationPolicy(
        rule.name, rule.demand, _of_resource(rule), level, schema
    )


def _of_resource(
    rule: Rule,
) -> Callable[[pulumi_policy.ResourceValidationArgs, pulumi_policy.ReportViolation], None]:
    def validate(
        args: pulumi_policy.ResourceValidationArgs, report: pulumi_policy.ReportViolation
    ) -> None:
        resource = Resource(
            args.resource_type,
            args.name,
            _plain(args.props),
            args.urn,
            args.opts.protect,
            {**rule.settings, **(args.get_config() or {})},
        )
        for fault in rule.faults(resource):
            report(fault, None)

    return validate


def _of_stack(
    rule: Rule,
) -> Callable[[pulumi_policy.StackValidationArgs, pulumi_policy.ReportViolation], None]:
    def validate(
        args: pulumi_policy.StackValidationArgs, report: pulumi_policy.ReportViolation
    ) -> None:
        resources = [
            Resource(item.resource_type, item.name, _plain(item.props), item.urn)
            for item in args.resources
        ]
        for resource, fault in rule.faults_of_stack(resources):
            report(fault, resource.urn)

    return validate


def _plain(properties: Mapping[str, object]) -> Mapping[str, object]:
    return {key: _value(properties, key) for key in properties}


def _value(holder: object, key: object) -> object:
    """Give a value as plain data; what is not known raises when it is taken out of its holder."""
    try:
        value = holder[key]  # type: ignore[index]
    except UnknownValueError:
        return UNKNOWN
    if value == _REDACTED:
        return UNKNOWN
    if isinstance(value, Mapping):
        return _plain(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_value(value, index) for index in range(len(value))]
    return value


pulumi_policy.PolicyPack(_NAME, [_policy(rule) for rule in RULES])
