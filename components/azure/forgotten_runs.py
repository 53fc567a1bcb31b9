"""The warning about runs that a stack has made and whose registry knows them no more."""

import pulumi

from ..model.contract import OUTPUT_NAME


def warn_of_forgotten_runs(name: str) -> pulumi.ResourceHook:
    """Give a hook for runs: it says once in a preview why what is done would be done again.

    What an earlier `up` has made is told by the contract among the stack's outputs; a program that
    puts it out under another name is not warned. An `up` itself does not ask: the engine writes the
    state meanwhile, and who reads it then may find half of it.

    Args:
        name: One that no other hook of the program has.
    """
    said: list[str] = []

    async def say(args: pulumi.ResourceHookArgs) -> None:
        if not pulumi.runtime.is_dry_run():
            return
        run = (args.new_inputs or {}).get("pipelineRunName")
        is_known = not said and run in await _runs_told()
        # Hooks of several runs may have asked at once.
        if is_known and not said:
            said.append(str(run))
            pulumi.log.warn(
                f"Run {run!r}, which this stack has told of before, is made again: its registry "
                "has no record of it, because somebody has deleted it there, or because it never "
                "began. All runs without a record export what they carry again, even if that has "
                "arrived long ago. If only the records were deleted, leave out --refresh: "
                "without --refresh the stack leaves these runs as they are."
            )

    return pulumi.ResourceHook(
        f"{name}-forgotten", say, pulumi.ResourceHookOptions(on_dry_run=True)
    )


async def _runs_told() -> set[object]:
    """Name the runs that the contract of this stack's last `up` tells."""
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    found = await pulumi.runtime.invoke_async("pulumi:pulumi:readStackOutputs", {"name": stack})
    contract = (found or {}).get("outputs", {}).get(OUTPUT_NAME)
    runs = contract.get("runs") if isinstance(contract, dict) else None
    return {run.get("name") for run in runs or ()}
