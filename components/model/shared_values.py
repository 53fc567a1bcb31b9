"""The file of what all tenants share: the same keys as in a stack's file, which go before it."""

from collections.abc import Collection, Mapping
from pathlib import Path

from .errors import Problem, SettingsError
from .wrong_values import nearest_of
from .yaml_files import YamlError, read_yaml

_SECTIONS = ("both", "source", "target")
# What makes a tenant another one, or is its own secret.
_OWN = ("side", "registry", "source_stack", "source_file", "sas", "folder", "shared_file")


def read_shared(
    path: Path, file: str, side: str, known: Collection[str], namespace: str
) -> dict[str, object]:
    """Read what the stacks of a side share, by key without its namespace.

    Args:
        path: Where the file is.
        file: The file as the configuration names it, for messages.
        known: The keys of the side.

    Raises:
        SettingsError: the file cannot be read or has another shape, or keys of it are unknown or a
            tenant's own; it names all of them.
    """
    sections = _sections(path, file, f"{namespace}:shared_file")
    values: dict[str, object] = {}
    problems: list[Problem] = []
    for section in ("both", side):
        keys = sections.get(section)
        if not isinstance(keys, Mapping | None):
            rule, fix = "it holds keys and values", f"Write {namespace}:sas_policy: block under it."
            problems.append(Problem(f"{file} {section}", keys, rule, fix))
            continue
        for key, value in (keys or {}).items():
            name = str(key).removeprefix(f"{namespace}:")
            problem = _wrong_key(str(key), name, known, namespace)
            if problem is None:
                values[name] = value
            else:
                problems.append(Problem(f"{file} {section}.{key}", "[not shown]", *problem))
    problems += [
        Problem(file, key, "there is no such section", f"The sections are {', '.join(_SECTIONS)}.")
        for key in sections
        if key not in _SECTIONS
    ]
    if problems:
        raise SettingsError(problems)
    return values


def _wrong_key(
    key: str, name: str, known: Collection[str], namespace: str
) -> tuple[str, str] | None:
    if name == key:
        fix = "Write it into the Pulumi.yaml or the stack files of each tenant."
        return f"a shared key begins with {namespace}:, as the program alone reads the file", fix
    if name in _OWN:
        return "it is a tenant's own", "Write it into the stack files of each tenant."
    if name not in known:
        return "there is no such key", nearest_of(name, known, f"{namespace}:").strip()
    return None


def _sections(path: Path, file: str, where: str) -> Mapping[object, object]:
    try:
        content = read_yaml(path)
    except OSError as error:
        reason = f"the file cannot be read ({error.strerror})"
        fix = "Write it, or leave the key out."
    except YamlError as error:
        reason, fix = str(error), f"Correct {file}."
    else:
        if isinstance(content, Mapping | None):
            return content or {}
        reason, fix = "the file holds sections of keys", "Write them under both:, source:, target:."
    raise SettingsError([Problem(where, file, reason, fix)])
