"""Faults of a fresh cloud that pass by themselves: the engine tries again, within a limit."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine

import pulumi

MAX_ATTEMPTS = 10
_LONGEST_PAUSE_SECONDS = 30

# A principal that was made a moment ago is not known everywhere yet:
# https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
NOT_REPLICATED = frozenset({"PrincipalNotFound"})


def retry_on(name: str, codes: Collection[str]) -> pulumi.ResourceHookBinding:
    """Try an operation again when it fails with one of these codes of Azure, and with no other."""
    return pulumi.ResourceHookBinding(
        on_error=[pulumi.ErrorHook(f"{name}-retry", retry_hook(codes, asyncio.sleep))]
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
