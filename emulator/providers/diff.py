"""What a change of inputs means for a resource: nothing, an update or a replacement."""

import re

from pulumi.runtime.proto import provider_pb2

from emulator.providers import schema
from emulator.providers.differ import Change, changes
from emulator.providers.tokens import API_VERSION, TypeMap
from emulator.providers.wire import Properties, bare_properties, decode

CREATE_FIRST = "__createBeforeDelete"
"""The input that azure-native sets beside a random name of its own making."""


def diff(kind: TypeMap, request: provider_pb2.DiffRequest) -> provider_pb2.DiffResponse:
    """Compare old and new inputs; what is part of the id, and what is fixed, replaces."""
    old_inputs, state = decode(request.old_inputs), bare_properties(decode(request.olds))
    news = bare_properties(decode(request.news))
    if API_VERSION in state:
        old_inputs.setdefault(API_VERSION, state[API_VERSION])
    defaults = schema.default_inputs(kind.token)
    details = {}
    replaced = []
    for change in changes(old_inputs, news):
        if change.kind == "add" and _says(defaults, change.path, news):
            continue
        name = change.kind.upper()
        is_so_already = change.kind == "add" and _says(state, change.path, news)
        if _replaces(change, kind) and not is_so_already:
            replaced.append(change.path)
            name += "_REPLACE"
        code = provider_pb2.PropertyDiff.Kind.Value(name)
        details[change.path] = provider_pb2.PropertyDiff(kind=code, inputDiff=True)
    response = provider_pb2.DiffResponse
    return response(
        changes=response.DIFF_SOME if details else response.DIFF_NONE,
        diffs=sorted({re.split(r"[.[]", path)[0] for path in details}),
        replaces=sorted(replaced),
        detailedDiff=details,
        hasDetailedDiff=True,
        # Whoever writes the program can overrule it.
        deleteBeforeReplace=bool(replaced) and not old_inputs.get(CREATE_FIRST),
    )


def _replaces(change: Change, kind: TypeMap) -> bool:
    """Tell whether a place cannot change: a whole object around it can come and go."""
    fixed = (*kind.path_inputs, *kind.fixed)
    place = re.sub(r"\[\d+]", "[]", change.path)
    above = [place[: found.start()] for found in re.finditer(r"[.[]", place)]
    return place in fixed or (change.kind == "update" and any(path in fixed for path in above))


def _says(properties: Properties, name: str, news: Properties) -> bool:
    return name in properties and properties[name] == news.get(name)
