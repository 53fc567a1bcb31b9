"""A recording engine for unit tests: answers as Azure would, refuses what it does not know."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import pulumi
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime import rpc, settings
from pulumi.runtime.proto import source_pb2

from components.model.errors import Problem, SettingsError
from components.testing import (
    CALLS,
    RESOURCES,
    SIGNATURE,
    SUBSCRIPTION,
    SUFFIX,
    AzureMocks,
    Properties,
    is_secret,
    unwrap,
)

__all__ = ["SIGNATURE", "SUBSCRIPTION", "SUFFIX"]


@dataclass(frozen=True)
class Registration:
    """One resource as the engine was asked to register it."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    secret_inputs: frozenset[str]
    parent: str
    depends_on: tuple[str, ...]
    deleted_with: str
    ignore_changes: tuple[str, ...]
    protect: bool
    retain_on_delete: bool
    provider: str
    after_create: tuple[str, ...]
    before_change: tuple[tuple[str, ...], tuple[str, ...]]
    """Hooks before it is created, and before it is updated."""
    deletes_before_replace: bool | None
    """None: as the provider asks."""


class RecordingMocks(AzureMocks):
    """Answers as Azure would, keeps the calls, and refuses what the components do not use."""

    def __init__(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__(answers)
        self.calls: list[tuple[str, Mapping[str, Any]]] = []

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, Properties]:
        kind = args.typ.removeprefix("azure-native:")
        assert kind in RESOURCES or kind.startswith("acrtransfer:index:"), kind
        return super().new_resource(args)

    def call(self, args: pulumi.runtime.MockCallArgs) -> Properties:  # type: ignore[override]
        assert args.token.removeprefix("azure-native:") in CALLS, args.token
        self.calls.append((args.token, unwrap(args.args)))
        return super().call(args)


class RecordingMonitor(pulumi_mocks.MockMonitor):
    """Keeps each registration with its options."""

    def __init__(self, mocks: pulumi_mocks.Mocks) -> None:
        super().__init__(mocks)
        self.registrations: list[Registration] = []
        self.hooks: list[str] = []

    def RegisterResourceHook(self, request: Any) -> Any:
        self.hooks.append(request.name)
        return super().RegisterResourceHook(request)  # type: ignore[no-untyped-call]

    def RegisterErrorHook(self, request: Any) -> Any:
        self.hooks.append(request.name)
        return super().RegisterErrorHook(request)  # type: ignore[no-untyped-call]

    def RegisterResource(self, request: Any) -> Any:
        raw = rpc.deserialize_properties(request.object)
        if request.type != "pulumi:pulumi:Stack":
            self.registrations.append(
                Registration(
                    type=request.type.removeprefix("azure-native:"),
                    name=request.name,
                    inputs=unwrap(raw),
                    secret_inputs=frozenset(key for key, value in raw.items() if is_secret(value)),
                    parent=request.parent.rsplit("::", 1)[-1],
                    depends_on=tuple(urn.rsplit("::", 1)[-1] for urn in request.dependencies),
                    deleted_with=request.deletedWith.rsplit("::", 1)[-1],
                    ignore_changes=tuple(request.ignoreChanges),
                    protect=request.protect,
                    retain_on_delete=request.retainOnDelete,
                    after_create=tuple(request.hooks.after_create),
                    before_change=(
                        tuple(request.hooks.before_create),
                        tuple(request.hooks.before_update),
                    ),
                    deletes_before_replace=(
                        request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None
                    ),
                    provider=request.provider.rpartition("::")[0].rsplit("::", 1)[-1],
                )
            )
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Recording:
    """What a program registered and called, and what its result came to."""

    registrations: tuple[Registration, ...]
    calls: tuple[tuple[str, Mapping[str, Any]], ...]
    result: Any
    result_is_secret: bool
    hooks: tuple[str, ...]

    def only(self, type_: str) -> Registration:
        """Give the one registration of a type."""
        found = self.all(type_)
        assert len(found) == 1, f"{len(found)} resources of type {type_}"
        return found[0]

    def all(self, type_: str) -> list[Registration]:
        """Give the registrations of a type."""
        return [item for item in self.registrations if item.type == type_]

    def called(self, token: str) -> list[Mapping[str, Any]]:
        """Give the arguments of the calls of a function."""
        return [args for name, args in self.calls if name == f"azure-native:{token}"]


def problems_of(error: BaseException) -> tuple[Problem, ...]:
    """Give the problems of refused settings, as such or as the engine is told of them."""
    refused = error if isinstance(error, SettingsError) else error.__cause__
    assert isinstance(refused, SettingsError), error
    return refused.problems


def record(
    program: Callable[[], Any],
    *,
    preview: bool = False,
    answers: Mapping[str, Mapping[str, Any]] | None = None,
) -> Recording:
    """Run a program to its end on the recording engine.

    Without the URNs of aliases: they are half of the work, and only for engines that take no other
    form of an alias, which this one does. And without the line that makes a resource, which it does
    not keep.
    """
    # The SDK takes the thread's loop, which another test may have closed.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        with (
            patch("pulumi.resource.collapse_alias_to_urn", lambda *_: ""),
            patch("pulumi.runtime.resource._get_stack_trace", source_pb2.StackTrace),
        ):
            return _record(program, preview, answers or {})
    finally:
        # What a refused program left unfinished must not reach the next one.
        left = asyncio.all_tasks(loop)
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        settings.SETTINGS.rpc_manager.clear()
        # Its lost errors are not logged: the collector may find them while Python 3.11 parses, and
        # the text of a traceback is parsed too, which it cannot do inside.
        loop.set_exception_handler(lambda *_: None)
        loop.close()
        asyncio.set_event_loop(None)


def _record(
    program: Callable[[], Any], preview: bool, answers: Mapping[str, Mapping[str, Any]]
) -> Recording:
    mocks = RecordingMocks(answers)
    monitor = RecordingMonitor(mocks)
    pulumi.runtime.set_mocks(
        mocks, "acr-transfer", "dev", preview, monitor=monitor, organization="organization"
    )
    seen: dict[str, Any] = {}

    async def resolve(output: pulumi.Output[Any]) -> None:
        seen["known"] = await output.is_known()
        seen["secret"] = await output.is_secret()
        seen["value"] = await output.future()

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def run() -> pulumi.Output[None]:
        output: pulumi.Output[Any] = pulumi.Output.from_input(program())
        return pulumi.Output.from_input(resolve(output))

    run()
    return Recording(
        tuple(monitor.registrations),
        tuple(mocks.calls),
        seen["value"],
        seen["secret"],
        tuple(monitor.hooks),
    )
