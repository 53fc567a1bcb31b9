"""The shape of an answer: what it is made of, without a value that could tell anything."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

Record = Mapping[str, Mapping[str, Any]]
"""The shape of each step's answer, by the step's name."""


def shape(answer: httpx.Response) -> dict[str, Any]:
    """Give status, headers' names, the body's keys and types, and the code of a refusal."""
    try:
        body = answer.json() if answer.content else None
    except ValueError:
        return {**_outside(answer), "body": ["(not JSON)"]}
    found = {**_outside(answer), "body": sorted(set(_types(body)))}
    error = body.get("error") if isinstance(body, dict) else None
    return {**found, "code": error.get("code", "")} if isinstance(error, dict) else found


def differences(here: Record, there: Record) -> Iterator[str]:
    """Name each difference between two records, step by step."""
    for step in [*here, *(step for step in there if step not in here)]:
        if step not in there or step not in here:
            yield f"{step}: only in the {'first' if step in here else 'second'} record"
            continue
        for part in sorted(here[step].keys() | there[step].keys()):
            yield from _of_part(f"{step}, {part}", here[step].get(part), there[step].get(part))


def _outside(answer: httpx.Response) -> dict[str, Any]:
    return {
        "status": answer.status_code,
        "headers": sorted({name.lower() for name in answer.headers}),
    }


def _types(value: object, path: str = "") -> Iterator[str]:
    """Write each key with its type; items of a list stand together."""
    if isinstance(value, dict):
        yield f"{path or '.'}: object"
        for key, item in value.items():
            # Identities are keyed by IDs, which are values.
            yield from _types(item, f"{path}.{'(an ID)' if '/' in key else key}")
    elif isinstance(value, list):
        yield f"{path or '.'}: list"
        for item in value:
            yield from _types(item, f"{path}[]")
    else:
        names = {bool: "boolean", int: "number", float: "number", str: "string", type(None): "null"}
        yield f"{path or '.'}: {names[type(value)]}"


def _of_part(where: str, here: object, there: object) -> Iterator[str]:
    if not isinstance(here, Sequence | None) or isinstance(here, str):
        if here != there:
            yield f"{where}: {here} in the first record, {there} in the second"
        return
    first, second = ({str(item) for item in _listed(part)} for part in (here, there))
    yield from (f"{where}: {item} only in the first record" for item in sorted(first - second))
    yield from (f"{where}: {item} only in the second record" for item in sorted(second - first))


def _listed(part: object) -> Sequence[object]:
    return part if isinstance(part, list) else [] if part is None else [part]
