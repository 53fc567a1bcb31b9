"""Azure's refusals in words: what the message of a failed operation means, and what to do."""

from collections.abc import Callable

import pulumi

from ..model.diagnosis import UNKNOWN, explain, is_name_taken


def explain_errors(
    name: str, next_step: Callable[[pulumi.ErrorHookArgs], str]
) -> pulumi.ResourceHookBinding:
    """Say beside the engine's error what Azure's message means; never try again.

    Args:
        name: One that no other resource of the program has, as the engine keeps hooks by name.
        next_step: What to type once the cause is mended; "" where there is nothing to type.
    """

    def say(args: pulumi.ErrorHookArgs) -> bool:
        diagnosis, step = explain(args.errors[0]), next_step(args)
        if diagnosis is not UNKNOWN or step:
            sentences = (diagnosis.meaning, diagnosis.fix, step)
            pulumi.log.error(f"{args.name}: {' '.join(filter(None, sentences))}")
        return False

    return pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(f"{name}-explain", say)])


def draw_another_name(suffix: str) -> Callable[[pulumi.ErrorHookArgs], str]:
    """Give the step after a refused name: the command that draws its suffix anew."""

    def step(args: pulumi.ErrorHookArgs) -> str:
        if not is_name_taken(args.errors[0]):
            return ""
        return f"Type pulumi up -s {pulumi.get_stack()} --replace '**::{suffix}'."

    return step
