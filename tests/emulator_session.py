"""One engine's session with the emulated azure-native provider, spoken to as the engine does."""

import asyncio
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, cast

import grpc
from emulator_cloud import CALLER, TestCloud
from pulumi.runtime.proto import provider_pb2

from emulator.account import FIRST_CLOUD, Account, Application
from emulator.providers.azure_native import AzureNativeProvider
from emulator.providers.grpc_errors import Context
from emulator.providers.wire import Properties, decode, encode

_APPLICATION = Application(FIRST_CLOUD, client_secret="secret", **dataclasses.asdict(CALLER))
_ACCOUNT = Account(Path(), _APPLICATION, "token-key", "passphrase")
_SEED = b"0123456789"


class RefusalError(Exception):
    """What the provider answers instead of a result."""


@dataclass(frozen=True)
class Made:
    """A resource as the engine keeps it."""

    id: str
    inputs: Properties
    outputs: Properties


class Session:
    """A provider with calls that wait for their answers."""

    def __init__(self, cloud: TestCloud) -> None:
        self.pauses: list[float] = []
        managers = {FIRST_CLOUD: cloud.manager}
        self._provider = AzureNativeProvider(managers, _ACCOUNT, {}, self._sleep)

    def configure(self, **settings: str) -> None:
        """Give the provider its settings."""
        request = provider_pb2.ConfigureRequest(args=encode(dict(settings)))
        asyncio.run(self._provider.Configure(request, _CONTEXT))

    def diff_of_settings(self) -> str:
        """Tell what the provider makes of changed settings."""
        answer = asyncio.run(self._provider.DiffConfig(provider_pb2.DiffRequest(), _CONTEXT))
        return provider_pb2.DiffResponse.DiffChanges.Name(answer.changes)

    def check(self, token: str, inputs: Mapping[str, object]) -> dict[str, str]:
        """Tell what is wrong with inputs, by path."""
        return self._check(token, inputs)[1]

    def create(self, token: str, inputs: Mapping[str, object]) -> Made:
        """Check and create."""
        checked, failures = self._check(token, inputs)
        assert failures == {}
        request = provider_pb2.CreateRequest(urn=_urn(token), properties=encode(checked))
        answer = asyncio.run(self._provider.Create(request, _CONTEXT))
        return Made(answer.id, checked, decode(answer.properties))

    def preview(self, token: str, inputs: Mapping[str, object]) -> Properties:
        """Check, and tell what a resource would be like."""
        checked, failures = self._check(token, inputs)
        assert failures == {}
        request = provider_pb2.CreateRequest(
            urn=_urn(token), properties=encode(checked), preview=True
        )
        return decode(asyncio.run(self._provider.Create(request, _CONTEXT)).properties)

    def preview_of_update(self, token: str, made: Made, inputs: Mapping[str, object]) -> Properties:
        """Check, and tell what a changed resource would be like."""
        checked, failures = self._check(token, inputs, made.inputs)
        assert failures == {}
        request = provider_pb2.UpdateRequest(
            urn=_urn(token), olds=encode(made.outputs), news=encode(checked), preview=True
        )
        return decode(asyncio.run(self._provider.Update(request, _CONTEXT)).properties)

    def diff(self, token: str, made: Made, inputs: Mapping[str, object]) -> dict[str, str]:
        """Tell the kind of each change, by path."""
        answer = self._diff(token, made, self._check(token, inputs, made.inputs)[0])
        kind = provider_pb2.PropertyDiff.Kind
        return {path: kind.Name(change.kind) for path, change in answer.detailedDiff.items()}

    def deletes_first(self, token: str, made: Made, inputs: Mapping[str, object]) -> bool:
        """Tell whether a replacement would delete before it creates."""
        answer = self._diff(token, made, self._check(token, inputs, made.inputs)[0])
        return answer.deleteBeforeReplace

    def update(self, token: str, made: Made, inputs: Mapping[str, object]) -> Made:
        """Change in place."""
        checked, failures = self._check(token, inputs, made.inputs)
        assert failures == {}
        request = provider_pb2.UpdateRequest(
            urn=_urn(token),
            id=made.id,
            olds=encode(made.outputs),
            old_inputs=encode(made.inputs),
            news=encode(checked),
        )
        answer = asyncio.run(self._provider.Update(request, _CONTEXT))
        return Made(made.id, checked, decode(answer.properties))

    def read(self, token: str, made: Made) -> Made | None:
        """Refresh; without inputs and outputs it is an import. None says that it is gone."""
        request = provider_pb2.ReadRequest(
            urn=_urn(token),
            id=made.id,
            properties=encode(made.outputs),
            inputs=encode(made.inputs),
        )
        answer = asyncio.run(self._provider.Read(request, _CONTEXT))
        if not answer.id:
            return None
        return Made(answer.id, decode(answer.inputs), decode(answer.properties))

    def delete(self, token: str, made: Made) -> None:
        """Delete."""
        request = provider_pb2.DeleteRequest(
            urn=_urn(token), id=made.id, old_inputs=encode(made.inputs)
        )
        asyncio.run(self._provider.Delete(request, _CONTEXT))

    def invoke(self, token: str, **args: str) -> Properties:
        """Call a function."""
        request = provider_pb2.InvokeRequest(tok=token, args=encode(dict(args)))
        answer = asyncio.run(self._provider.Invoke(request, _CONTEXT))
        return decode(getattr(answer, "return"))

    async def _sleep(self, seconds: float) -> None:
        """Turn the clock instead of waiting."""
        self.pauses.append(seconds)

    def _diff(self, token: str, made: Made, news: Properties) -> provider_pb2.DiffResponse:
        request = provider_pb2.DiffRequest(
            urn=_urn(token),
            id=made.id,
            olds=encode(made.outputs),
            old_inputs=encode(made.inputs),
            news=encode(news),
        )
        return asyncio.run(self._provider.Diff(request, _CONTEXT))

    def _check(
        self, token: str, inputs: Mapping[str, object], olds: Mapping[str, object] | None = None
    ) -> tuple[Properties, dict[str, str]]:
        request = provider_pb2.CheckRequest(
            urn=_urn(token),
            news=encode(dict(inputs)),
            olds=encode(dict(olds or {})),
            randomSeed=_SEED,
        )
        answer = asyncio.run(self._provider.Check(request, _CONTEXT))
        return decode(answer.inputs), {one.property: one.reason for one in answer.failures}


class _Context:
    """The side of a call on which the engine waits."""

    async def abort(self, _code: grpc.StatusCode, details: str) -> NoReturn:
        raise RefusalError(details)

    def set_trailing_metadata(self, metadata: object) -> None:
        """Drop what goes with the refusal."""


_CONTEXT = cast("Context", _Context())


def _urn(token: str) -> str:
    return f"urn:pulumi:stack::project::{token}::resource"
