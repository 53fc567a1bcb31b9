"""What both provider plugins answer alike: the engine's questions about the plugin itself."""

from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer
from typing_extensions import override

from emulator.providers.grpc_errors import Context
from emulator.providers.plugins import sdk_version


class Provider(ResourceProviderServicer):
    """One engine's session with a plugin."""

    name = ""

    @override
    async def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        """Say what this provider understands."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=False)

    @override
    async def GetPluginInfo(self, request: Empty, context: Context) -> plugin_pb2.PluginInfo:
        """Say the version that is stood in for."""
        return plugin_pb2.PluginInfo(version=sdk_version(self.name))

    @override
    async def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: Context
    ) -> provider_pb2.CheckResponse:
        """Accept the provider's settings."""
        return provider_pb2.CheckResponse(inputs=request.news)

    @override
    async def DiffConfig(
        self, request: provider_pb2.DiffRequest, context: Context
    ) -> provider_pb2.DiffResponse:
        """Leave to the engine whether settings have changed; none of them replaces the provider."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_UNKNOWN)

    @override
    async def Configure(
        self, request: provider_pb2.ConfigureRequest, context: Context
    ) -> provider_pb2.ConfigureResponse:
        """Take the settings; without more, there are none to take."""
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, acceptResources=False, supportsPreview=True
        )

    @override
    async def Cancel(self, request: Empty, context: Context) -> Empty:
        """Stop what runs; without more, nothing outlasts its call."""
        return Empty()


def type_of(urn: str) -> str:
    """Give the type token of a resource."""
    return urn.split("::")[2].rsplit("$", 1)[-1]
