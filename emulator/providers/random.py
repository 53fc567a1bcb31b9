"""The random provider plugin: values chosen once, on creation, and kept by the engine."""

import base64
import secrets
import string
import uuid
from collections.abc import Callable

from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2
from typing_extensions import override

from emulator.errors import EmulatorError
from emulator.providers import plugins
from emulator.providers.base import Provider, type_of
from emulator.providers.differ import changes
from emulator.providers.grpc_errors import Context, abort
from emulator.providers.wire import (
    UNKNOWN,
    Properties,
    bare_properties,
    decode,
    encode,
    mark_properties,
)
from emulator.values import flag, number, text

_SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
_CLASSES = (
    ("lower", "minLower", string.ascii_lowercase),
    ("upper", "minUpper", string.ascii_uppercase),
    ("numeric", "minNumeric", string.digits),
    ("special", "minSpecial", _SPECIAL),
)


class RandomProvider(Provider):
    """One engine's session; nothing is kept here, a random value lives in the engine's state."""

    name = plugins.RANDOM

    @override
    async def Check(
        self, request: provider_pb2.CheckRequest, context: Context
    ) -> provider_pb2.CheckResponse:
        """Refuse types that are not here."""
        try:
            _maker(request.urn)
        except EmulatorError as exc:
            return await abort(context, exc)
        return provider_pb2.CheckResponse(inputs=request.news)

    @override
    async def Diff(
        self, request: provider_pb2.DiffRequest, context: Context
    ) -> provider_pb2.DiffResponse:
        """Replace on any change but for an input that says what the state has anyway."""
        state, news = decode(request.olds), decode(request.news)
        found = [
            change
            for change in changes(decode(request.old_inputs), news)
            if change.kind != "add" or state.get(change.path) != news.get(change.path)
        ]
        names = sorted({change.path.split(".")[0].split("[")[0] for change in found})
        response = provider_pb2.DiffResponse
        return response(
            changes=response.DIFF_SOME if found else response.DIFF_NONE,
            diffs=names,
            replaces=names,
        )

    @override
    async def Create(
        self, request: provider_pb2.CreateRequest, context: Context
    ) -> provider_pb2.CreateResponse:
        """Choose a value."""
        inputs = decode(request.properties)
        resource_id, outputs = _maker(request.urn)(bare_properties(inputs))
        if request.preview:
            outputs = {name: inputs.get(name, UNKNOWN) for name in outputs}
            return provider_pb2.CreateResponse(properties=encode(outputs))
        marked = encode(mark_properties(outputs, inputs))
        return provider_pb2.CreateResponse(id=resource_id, properties=marked)

    @override
    async def Read(
        self, request: provider_pb2.ReadRequest, context: Context
    ) -> provider_pb2.ReadResponse:
        """Give back what the engine has."""
        return provider_pb2.ReadResponse(
            id=request.id, properties=request.properties, inputs=request.inputs
        )

    @override
    async def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> Empty:
        """Forget nothing, since nothing was kept."""
        return Empty()


def _maker(urn: str) -> Callable[[Properties], tuple[str, Properties]]:
    token = type_of(urn)
    makers = {
        "random:index/randomString:RandomString": _random_string,
        "random:index/randomId:RandomId": _random_id,
        "random:index/randomUuid:RandomUuid": _random_uuid,
    }
    if token not in makers:
        raise EmulatorError(
            f"The emulator does not have the resource type '{token}'. It has {', '.join(makers)}."
        )
    return makers[token]


def _random_string(inputs: Properties) -> tuple[str, Properties]:
    random = secrets.SystemRandom()
    letters, chosen = "", []
    settings: Properties = {}
    for name, minimum_name, usual in _CLASSES:
        allowed = flag(inputs, name, default=True)
        members = text(inputs, "overrideSpecial", default=usual) if name == "special" else usual
        if name == "numeric":
            allowed = flag(inputs, "number", default=allowed)
            settings["number"] = allowed
        minimum = int(number(inputs, minimum_name))
        settings |= {name: allowed, minimum_name: minimum}
        letters += members if allowed else ""
        chosen += [random.choice(members) for _ in range(minimum)]
    length = int(number(inputs, "length", default=1))
    # A preview does not know every input: what it makes is thrown away.
    letters = letters or string.ascii_lowercase
    chosen += [random.choice(letters) for _ in range(length - len(chosen))]
    random.shuffle(chosen)
    result = "".join(chosen)
    return result, settings | inputs | {"length": length, "result": result}


def _random_id(inputs: Properties) -> tuple[str, Properties]:
    content = secrets.token_bytes(int(number(inputs, "byteLength", default=1)))
    prefix = text(inputs, "prefix")
    url = base64.urlsafe_b64encode(content).decode().rstrip("=")
    return url, inputs | {
        "b64Std": prefix + base64.b64encode(content).decode(),
        "b64Url": prefix + url,
        "dec": prefix + str(int.from_bytes(content)),
        "hex": prefix + content.hex(),
    }


def _random_uuid(inputs: Properties) -> tuple[str, Properties]:
    result = str(uuid.uuid4())
    return result, inputs | {"result": result}
