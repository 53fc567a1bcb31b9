"""When a random value is made anew."""

import asyncio
from typing import cast

import pytest
from pulumi.runtime.proto import provider_pb2

from emulator.providers.grpc_errors import Context
from emulator.providers.random import RandomProvider
from emulator.providers.wire import decode, encode

URN = "urn:pulumi:stack::project::random:index/randomString:RandomString::suffix"
CONTEXT = cast("Context", None)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"special": True}, []),
        ({"special": False}, ["special"]),
        ({"length": 7}, ["length"]),
    ],
)
def test_a_random_text_is_made_anew_unless_an_input_says_its_default(
    changed: dict[str, object], expected: list[str]
) -> None:
    provider = RandomProvider()
    inputs: dict[str, object] = {"length": 6}
    create = provider_pb2.CreateRequest(urn=URN, properties=encode(inputs))
    state = decode(asyncio.run(provider.Create(create, CONTEXT)).properties)

    request = provider_pb2.DiffRequest(
        urn=URN, olds=encode(state), old_inputs=encode(inputs), news=encode({**inputs, **changed})
    )
    answer = asyncio.run(provider.Diff(request, CONTEXT))

    assert list(answer.replaces) == expected
