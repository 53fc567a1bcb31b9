"""What a change of inputs means for a resource: nothing, an update or a replacement."""

from pulumi.runtime.proto import provider_pb2

from emulator.providers.differ import changes
from emulator.providers.tokens import TypeMap
from emulator.providers.wire import decode


def diff(kind: TypeMap, request: provider_pb2.DiffRequest) -> provider_pb2.DiffResponse:
    """Compare old and new inputs; what is part of the id, and what is fixed, replaces."""
    found = changes(decode(request.old_inputs), decode(request.news))
    fixed = (*kind.path_inputs, *kind.fixed, *(["location"] if kind.has_location else []))
    details = {}
    replaced = []
    for change in found:
        name = change.kind.upper()
        if _touches(change.path, fixed):
            replaced.append(change.path)
            name += "_REPLACE"
        code = provider_pb2.PropertyDiff.Kind.Value(name)
        details[change.path] = provider_pb2.PropertyDiff(kind=code, inputDiff=True)
    keeps_id = not any(_touches(path, kind.path_inputs) for path in replaced)
    response = provider_pb2.DiffResponse
    return response(
        changes=response.DIFF_SOME if found else response.DIFF_NONE,
        diffs=sorted({_top(change.path) for change in found}),
        replaces=sorted({_top(path) for path in replaced}),
        detailedDiff=details,
        hasDetailedDiff=True,
        # The new resource cannot be made beside the old one when both have one id.
        deleteBeforeReplace=bool(replaced) and keeps_id,
    )


def _touches(path: str, places: list[str] | tuple[str, ...]) -> bool:
    """Tell whether a changed path is at, in or around one of the places."""
    return any(
        path == place or path.startswith((f"{place}.", f"{place}[")) or place.startswith(f"{path}.")
        for place in places
    )


def _top(path: str) -> str:
    return path.split(".")[0].split("[")[0]
