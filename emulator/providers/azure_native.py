"""The azure-native provider plugin: Pulumi's resource operations in terms of Resource Manager."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2
from typing_extensions import override

from emulator.account import FIRST_CLOUD, Account
from emulator.arm.manager import ResourceManager
from emulator.errors import EmulatorError
from emulator.providers import generic, limits, plugins, schema
from emulator.providers.base import Provider, type_of
from emulator.providers.check import with_defaults, with_version
from emulator.providers.diff import diff
from emulator.providers.differ import refreshed_inputs
from emulator.providers.grpc_errors import REFUSALS, Context, InitError, abort, abort_init
from emulator.providers.invokes import invoke
from emulator.providers.resources import Resources
from emulator.providers.sign_in import sign_in
from emulator.providers.token_table import GENERIC, type_map
from emulator.providers.waiting import Sleep
from emulator.providers.wire import (
    Properties,
    bare_properties,
    decode,
    encode,
    has_unknown,
    mark_properties,
)
from emulator.values import text


class AzureNativeProvider(Provider):
    """One engine's session with an emulated cloud."""

    name = plugins.AZURE_NATIVE

    def __init__(
        self,
        managers: Mapping[str, ResourceManager],
        account: Account,
        variables: Mapping[str, str],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._managers = managers
        self._account = account
        self._variables = variables
        self._location = ""
        self._caller = account.default.caller
        self._manager = managers[FIRST_CLOUD]
        self._sleep = sleep
        self._resources = Resources(self._manager, self._caller, sleep)

    @override
    async def Configure(
        self, request: provider_pb2.ConfigureRequest, context: Context
    ) -> provider_pb2.ConfigureResponse:
        """Sign in as the settings tell, else as the variables of the engine do."""
        config = bare_properties(decode(request.args))
        self._location = text(config, "location")
        try:
            cloud, self._caller = sign_in(self._account, self._managers, self._variables, config)
            self._manager = self._managers[cloud]
            self._manager.admit(f"/subscriptions/{self._caller.subscription_id}", self._caller)
        except REFUSALS as exc:
            return await abort(context, exc)
        self._resources = Resources(self._manager, self._caller, self._sleep)
        return await super().Configure(request, context)

    @override
    async def Check(
        self, request: provider_pb2.CheckRequest, context: Context
    ) -> provider_pb2.CheckResponse:
        """Fill in what may be left out and report every wrong input."""
        token = type_of(request.urn)
        news, olds = decode(request.news), bare_properties(decode(request.olds))
        try:
            kind = type_map(token)
            seed = (request.urn, request.randomSeed)
            news = await with_defaults(kind, news, olds, seed, self._default_location)
            failures = schema.check(token, news) + limits.check(token, news)
            if token == GENERIC:
                failures += generic.check(bare_properties(news))
            news = with_version(kind, news)
        except EmulatorError as exc:
            return await abort(context, exc)
        return provider_pb2.CheckResponse(
            inputs=encode(news),
            failures=[
                provider_pb2.CheckFailure(property=failure.path, reason=failure.reason)
                for failure in failures
            ],
        )

    @override
    async def Diff(
        self, request: provider_pb2.DiffRequest, context: Context
    ) -> provider_pb2.DiffResponse:
        """Tell what changed, and whether it can change in place."""
        return diff(type_map(type_of(request.urn)), request)

    @override
    async def Create(
        self, request: provider_pb2.CreateRequest, context: Context
    ) -> provider_pb2.CreateResponse:
        """Create a resource, or tell in a preview what it would be like."""
        token, inputs = type_of(request.urn), decode(request.properties)
        if request.preview:
            outputs = self._resources.preview(token, inputs, {})
            return provider_pb2.CreateResponse(id="", properties=encode(outputs))

        async def work() -> tuple[str, Properties]:
            return await self._resources.create(token, bare_properties(inputs), request.timeout)

        resource_id, outputs = await _run(work, context, inputs)
        marked = encode(mark_properties(outputs, inputs))
        return provider_pb2.CreateResponse(id=resource_id, properties=marked)

    @override
    async def Update(
        self, request: provider_pb2.UpdateRequest, context: Context
    ) -> provider_pb2.UpdateResponse:
        """Change a resource, or tell in a preview what it would be like."""
        token, inputs = type_of(request.urn), decode(request.news)
        if request.preview:
            outputs = self._resources.preview(token, inputs, decode(request.olds))
            return provider_pb2.UpdateResponse(properties=encode(outputs))

        async def work() -> tuple[str, Properties]:
            olds = bare_properties(decode(request.old_inputs))
            return request.id, await self._resources.update(
                token, request.id, bare_properties(inputs), olds, request.timeout
            )

        _, outputs = await _run(work, context, inputs)
        return provider_pb2.UpdateResponse(properties=encode(mark_properties(outputs, inputs)))

    @override
    async def Read(
        self, request: provider_pb2.ReadRequest, context: Context
    ) -> provider_pb2.ReadResponse:
        """Give a resource as it is now; an empty answer says that it is gone."""
        token = type_of(request.urn)
        inputs, olds = decode(request.inputs), decode(request.properties)
        try:
            outputs = await self._resources.read(token, request.id, bare_properties(inputs))
            if outputs is None:
                return provider_pb2.ReadResponse()
            if inputs:
                before, after = self._resources.writable(token, inputs, olds, outputs)
                inputs = refreshed_inputs(inputs, before, after)
            else:
                inputs = self._resources.imported_inputs(token, request.id, outputs)
        except REFUSALS as exc:
            return await abort(context, exc)
        marked = mark_properties(mark_properties(outputs, inputs), olds)
        return provider_pb2.ReadResponse(
            id=request.id, properties=encode(marked), inputs=encode(inputs)
        )

    @override
    async def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> Empty:
        """Delete a resource; one that is gone already is deleted well."""
        inputs = bare_properties(decode(request.old_inputs))
        try:
            await self._resources.delete(type_of(request.urn), request.id, inputs)
        except REFUSALS as exc:
            return await abort(context, exc)
        return Empty()

    @override
    async def Invoke(
        self, request: provider_pb2.InvokeRequest, context: Context
    ) -> provider_pb2.InvokeResponse:
        """Answer a function."""
        args = bare_properties(decode(request.args))
        if has_unknown(args):
            return provider_pb2.InvokeResponse()
        try:
            result = await invoke(self._resources.arm, request.tok, args)
        except REFUSALS as exc:
            return await abort(context, exc)
        response = provider_pb2.InvokeResponse()
        # The field's name is a keyword of Python.
        getattr(response, "return").CopyFrom(encode(result))
        return response

    @override
    async def Cancel(self, request: Empty, context: Context) -> Empty:
        """Give up waiting for what runs; the cloud goes on with it."""
        self._resources.cancel()
        return await super().Cancel(request, context)

    async def _default_location(self, group: str) -> str:
        if self._location or not group:
            return self._location
        return await self._resources.group_location(group)


async def _run(
    work: Callable[[], Awaitable[tuple[str, Properties]]], context: Context, inputs: Properties
) -> tuple[str, Properties]:
    try:
        return await work()
    except InitError as exc:
        return await abort_init(context, exc, inputs)
    except REFUSALS as exc:
        return await abort(context, exc)
