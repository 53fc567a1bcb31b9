"""Reads YAML that a person wrote: a key that stands twice in it is a mistake too."""

from functools import lru_cache
from pathlib import Path
from typing import cast

import yaml

# How many texts are kept with what they say: the small files of a fleet are read several times.
_KEPT = 1024


class YamlError(ValueError):
    """A text is not the YAML that it is meant to be; its message names line and reason."""


def read_yaml(file: Path) -> object:
    """Read a file of YAML.

    Raises:
        OSError: the file cannot be read.
        YamlError: it is no YAML, or a key stands twice in it.
    """
    content = file.read_bytes()
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise YamlError(f"line {line} is not in UTF-8") from error
    try:
        return _load(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlError(f"line {line} is not YAML: {error.reason}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}" if mark else "the file"
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        raise YamlError(f"{where} is not YAML: {reason}") from error


@lru_cache(_KEPT)
def _load(text: str) -> object:
    loader = yaml.SafeLoader(text)
    root = loader.get_single_node()
    left, seen = [root] if root else [], set[int]()
    while left:
        node = left.pop()
        # An alias may stand inside of what it names.
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            _require_each_key_once(node)
            left += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            left += node.value
        else:
            _require_value(loader, node)
    return cast("object", loader.construct_document(root)) if root else None


def _require_each_key_once(node: yaml.MappingNode) -> None:
    lines: dict[str, int] = {}
    for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
        line = key.start_mark.line + 1
        if key.value in lines:
            first = lines[key.value]
            raise YamlError(f"line {line} has the key {key.value!r}, as line {first} has")
        lines[key.value] = line


def _require_value(loader: yaml.SafeLoader, node: yaml.Node) -> None:
    """Refuse a scalar that only looks like a date or a number, such as 2026-99-99."""
    try:
        loader.construct_object(node)
    except ValueError as error:
        raise YamlError(f"line {node.start_mark.line + 1}: {error}") from error
