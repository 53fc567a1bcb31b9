"""Refusals that the settings ask for, given by the services that hold data."""

from aiohttp import web

from emulator.errors import AzureError
from emulator.state import State

DROPPED = 0  # the status of a fault that answers nothing


def take_fault(request: web.BaseRequest, state: State, service: str) -> web.Response | None:
    """Refuse a request, or drop its connection, if a fault is meant for it.

    Args:
        service: What a fault's target calls it, beside the path of the request.
    """
    fault = state.settings.take_fault(request.method, service, request.path)
    if fault is None:
        return None
    state.save()
    if fault.status != DROPPED:
        raise AzureError(fault.status, fault.code, fault.message)
    return drop(request)


def drop(request: web.BaseRequest) -> web.Response:
    """Break off the connection of a request."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
