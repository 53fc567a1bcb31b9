"""Random parts of names, which are drawn anew when the place of a side changes.

A name that Azure may still remember is never used a second time: a deleted vault keeps its name
for 90 days, and a new resource cannot be made beside an old one of the same name.
"""

from collections.abc import Mapping

import pulumi
import pulumi_random as random

from ..model.names import SUFFIX_LENGTH, Side
from ..model.place_changes import VAULT_KEY, cost_of_change

Values = Mapping[str, pulumi.Input[str]]


def keep_place(
    name: str, place: Values, parent: pulumi.Resource
) -> pulumi.Output[Mapping[str, str] | None]:
    """Give the place as keepers of a suffix; None as long as the side stands where it began.

    So a suffix of an earlier version, which had no keepers, stays as it is.
    """
    opts = pulumi.ResourceOptions(parent=parent, ignore_changes=["input"])
    began = pulumi.Stash(name, input=dict(place), opts=opts)
    return pulumi.Output.all(began.output, dict(place)).apply(
        lambda places: None if places[0] == places[1] else places[1]
    )


def draw_suffix(
    name: str,
    keepers: pulumi.Input[Mapping[str, pulumi.Input[str]] | None],
    parent: pulumi.Resource,
    *,
    protect: bool,
) -> random.RandomString:
    """Draw a suffix for names, and another one whenever the keepers are others.

    A suffix is protected with what is named by it, so that the engine refuses a change before
    anything is made.
    """
    return random.RandomString(
        name,
        length=SUFFIX_LENGTH,
        upper=False,
        special=False,
        keepers=keepers,
        opts=pulumi.ResourceOptions(
            parent=parent, protect=protect or None, delete_before_replace=False
        ),
    )


def announce_changes(
    name: str, side: Side, place: Values, suffix: pulumi.Output[str], parent: pulumi.Resource
) -> None:
    """Keep the place in the stack, and say in words, in previews too, what a change of it costs."""

    def say(args: pulumi.ResourceHookArgs) -> None:
        before, after = _stashed(args.old_inputs), _stashed(args.new_inputs)
        is_drawn_anew = any(before.get(key) != after.get(key) for key in ("suffix", VAULT_KEY))
        # A suffix that is replaced by hand changes no setting, so there is nothing to say.
        if is_drawn_anew and (cost := cost_of_change(side, before, after)):
            pulumi.log.warn(cost)

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
