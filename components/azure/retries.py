"""Faults of a fresh cloud that pass by themselves: the engine waits or tries again, in limits."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine

import pulumi

MAX_ATTEMPTS = 10
_LONGEST_PAUSE_SECONDS = 30

# A principal that was made a moment ago is not known everywhere yet:
# https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
NOT_REPLICATED = frozenset({"PrincipalNotFound"})


def retry_and_settle(
    name: str, codes: Collection[str], wait_seconds: int
) -> pulumi.ResourceHookBinding:
    """Try again after one of these codes of Azure and after no other; once made, let it settle.

    Args:
        name: One that no other resource of the program has, as the engine keeps hooks by name.
        wait_seconds: What depends on the resource waits so long after it was made.
    """

    async def settle(args: pulumi.ResourceHookArgs) -> None:
        pulumi.log.info(
            f"{args.name} is made, and Azure takes a while to act upon it: what uses it waits "
            f"{wait_seconds} s (role_wait_seconds)."
        )
        await asyncio.sleep(wait_seconds)

    return pulumi.ResourceHookBinding(
        on_error=[pulumi.ErrorHook(f"{name}-retry", retry_hook(codes, asyncio.sleep))],
        after_create=[pulumi.ResourceHook(f"{name}-settle", settle)] if wait_seconds else None,
    )


def retry_hook(
    codes: Collection[str], sleep: Callable[[float], Awaitable[None]]
) -> Callable[[pulumi.ErrorHookArgs], Coroutine[None, None, bool]]:
    """Make the function that decides, after each failure, whether there is one more attempt."""

    async def decide(args: pulumi.ErrorHookArgs) -> bool:
        attempts = len(args.errors)
        if attempts >= MAX_ATTEMPTS or not any(code in args.errors[0] for code in codes):
            return False
        await sleep(min(2.0 ** (attempts - 1), _LONGEST_PAUSE_SECONDS))
        return True

    return decide
