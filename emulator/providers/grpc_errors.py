"""Azure's refusals as the errors of a provider plugin."""

from typing import NoReturn, TypeAlias

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from pulumi.runtime.proto import provider_pb2, status_pb2

from emulator.errors import AzureError, EmulatorError
from emulator.providers.wire import Properties, encode, mark_properties

Context: TypeAlias = grpc.aio.ServicerContext[Message, Message]


class ProviderError(Exception):
    """What the provider says in its own words, without a status or code of Azure's."""


class InitError(Exception):
    """A resource that is there but did not come up."""

    def __init__(self, resource_id: str, outputs: Properties, reason: str) -> None:
        super().__init__(reason)
        self.resource_id = resource_id
        self.outputs = outputs
        self.reason = reason


REFUSALS = (AzureError, EmulatorError, ProviderError)


async def abort(context: Context, error: Exception) -> NoReturn:
    """Fail a call with the error's text."""
    await context.abort(grpc.StatusCode.UNKNOWN, str(error))
    raise AssertionError


async def abort_init(context: Context, error: InitError, inputs: Properties) -> NoReturn:
    """Fail a call so that the engine keeps the resource and puts it again next time."""
    detail = AnyMessage()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=error.resource_id,
            properties=encode(mark_properties(error.outputs, inputs)),
            reasons=[error.reason],
            inputs=encode(inputs),
        )
    )
    code = grpc.StatusCode.UNKNOWN
    status = status_pb2.Status(code=code.value[0], message=error.reason, details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    await context.abort(code, error.reason)
    raise AssertionError
