"""The files that a source's configuration names: the list of images, and its lock."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from .errors import Problem, SettingsError
from .images_lock import ImagesLock, parse_lock
from .yaml_files import YamlError, read_yaml

_LIST, _FILE, _LOCK = "acr-transfer:images", "acr-transfer:images_file", "acr-transfer:images_lock"


def read_list(
    values: Mapping[str, object], directory: Path, stack_file: str
) -> tuple[list[object], str]:
    """Give the entries of the list as they are written, and the place where they stand.

    Args:
        values: The configuration by key, without its namespace.
        directory: What `images_file` is relative to.
        stack_file: Name of the stack's file, for messages.

    Raises:
        SettingsError: there are two lists, the file cannot be read, or it holds no list.
    """
    listed, file = values.get("images"), values.get("images_file")
    write = f'Write {_LIST}: ["shop/web:1.4"] in {stack_file}.'
    if listed and file:
        rule = "the list stands either in images or in the file of images_file"
        raise SettingsError([Problem(_FILE, file, rule, write)])
    if isinstance(file, str):
        return _read_file(directory / file, file), file
    if not isinstance(listed, list | None):
        raise SettingsError([Problem(_LIST, listed, "it is a list", write)])
    return cast("list[object]", listed or []), _LIST


def read_lock(file: str, directory: Path, registry: str) -> tuple[ImagesLock, str]:
    """Read a lock of the registry, and give its text too.

    Args:
        file: As the configuration names it, relative to the directory.
        registry: Name of the source registry; empty where it is not known.

    Raises:
        SettingsError: it cannot be read, lines of it are wrong, or it is of another registry.
    """
    try:
        text = (directory / file).read_text(encoding="utf-8")
    except OSError as error:
        rule, fix = f"the file cannot be read ({error.strerror})", "Write it: acr-transfer lock."
        raise SettingsError([Problem(_LOCK, file, rule, fix)]) from error
    except UnicodeDecodeError as error:
        fix = "Take it from git again; or remove it, then: acr-transfer lock."
        raise SettingsError([Problem(_LOCK, file, "the file is not in UTF-8", fix)]) from error
    lock = parse_lock(text, file)
    if registry and lock.registry.lower() != registry.lower():
        rule = f"the stack's registry is {registry!r}"
        fix = "Name another file, or remove this one, then: acr-transfer lock."
        raise SettingsError([Problem(f"{file} registry", lock.registry, rule, fix)])
    return lock, text


def _read_file(path: Path, file: str) -> list[object]:
    fix = f"Write a list under images: in {file}, or name another file."
    try:
        content = read_yaml(path)
    except OSError as error:
        reason = f"the file cannot be read ({error.strerror})"
    except YamlError as error:
        reason, fix = str(error), f"Correct {file}."
    else:
        if isinstance(content, dict) and set(content) == {"images"}:
            images = content["images"]
            if isinstance(images, list):
                return cast("list[object]", images)
        reason = "the file holds one key, images, with a list"
    raise SettingsError([Problem(_FILE, file, reason, fix)])
