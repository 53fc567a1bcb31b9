"""Random parts of names, which are drawn anew when the place of a side changes.

A name that Azure may still remember is never used a second time: a deleted vault keeps its name
for 90 days, and a new resource cannot be made beside an old one of the same name.
"""

from collections.abc import Mapping

import pulumi
import pulumi_random as random

from ..model.names import SUFFIX_LENGTH, Side
from ..model.place_changes import cost_of_change

Values = Mapping[str, pulumi.Input[str]]


def draw_suffix(
    name: str, place: Values, parent: pulumi.Resource, *, protect: bool
) -> pulumi.Output[str]:
    """Draw a suffix for names, and another one whenever a value of the place is another.

    A suffix is protected with what is named by it, so that the engine refuses a change before
    anything is made. One that an earlier version drew, without a place, stays as it is: the engine
    compares a trigger with an earlier one only.
    """
    return random.RandomString(
        name,
        length=SUFFIX_LENGTH,
        upper=False,
        special=False,
        opts=pulumi.ResourceOptions(
            parent=parent,
            protect=protect or None,
            delete_before_replace=False,
            replacement_trigger=dict(place),
        ),
    ).result


def announce_changes(
    name: str, side: Side, place: Values, suffix: pulumi.Output[str], parent: pulumi.Resource
) -> None:
    """Keep the place in the stack, and say in words, in previews too, what a change of it costs."""

    def say(args: pulumi.ResourceHookArgs) -> None:
        before, after = _stashed(args.old_inputs), _stashed(args.new_inputs)
        if before.get("suffix") != after.get("suffix") or before.get("vault") != after.get("vault"):
            pulumi.log.warn(cost_of_change(side, before, after))

    hook = pulumi.ResourceHook(
        f"{name}-{side}-changes", say, pulumi.ResourceHookOptions(on_dry_run=True)
    )
    pulumi.Stash(
        name,
        input={**place, "suffix": suffix},
        opts=pulumi.ResourceOptions(
            parent=parent, hooks=pulumi.ResourceHookBinding(before_update=[hook])
        ),
    )


def _stashed(inputs: Mapping[str, object] | None) -> Mapping[str, object]:
    values = (inputs or {}).get("input")
    return values if isinstance(values, Mapping) else {}
