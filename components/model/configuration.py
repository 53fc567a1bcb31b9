"""Read the settings of a stack from its configuration; report all that is wrong with it at once."""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pydantic

from .artifacts import parse_artifacts
from .errors import Problem, SettingsError
from .listed_images import read_list, read_lock
from .sas_check import sas_faults, sas_problem
from .sas_source import BroughtSas
from .sas_terms import Grant
from .settings import SourceSettings, TargetSettings
from .shared_values import read_shared
from .wrong_values import nearest_of, rule_of

NAMESPACE = "acr-transfer"
SAS_KEY = f"{NAMESPACE}:sas"
"""The one key whose value only the program itself reads, never the command."""
AS_OF_VARIABLE = "ACR_TRANSFER_AS_OF"

# Told by the clock, and by the file of `images_lock`.
_NOT_WRITTEN = ("as_of", "locked_images")

_MODELS: dict[str, type[SourceSettings] | type[TargetSettings]] = {
    "source": SourceSettings,
    "target": TargetSettings,
}


def configuration_keys(side: str) -> list[str]:
    """List the configuration keys of a side, as they are written behind `acr-transfer:`."""
    return [key for key in _MODELS[side].model_fields if key not in _NOT_WRITTEN]


def load_settings(
    configuration: Mapping[str, str],
    stack: str,
    directory: Path,
    environment: Mapping[str, str],
    secret_keys: Collection[str] = (),
    *,
    reads_images: bool = True,
) -> SourceSettings | TargetSettings:
    """Check a stack's configuration, as the engine hands it over: all values are text.

    `ACR_TRANSFER_AS_OF` in the environment moves the clock of the SAS windows, to see in a preview
    what a later day would rotate.

    Args:
        secret_keys: Keys that are set as secrets. A SAS among them that the configuration leaves
            out is brought, and not read.
        reads_images: Read the list of a source, or its lock; not for what writes the lock.

    Raises:
        SettingsError: values are wrong; it names all of them.
    """
    reader = _Reader(configuration, stack, directory, secret_keys)
    return reader.read(environment.get(AS_OF_VARIABLE), reads_images=reads_images)


def written_values(
    configuration: Mapping[str, str], directory: Path
) -> tuple[dict[str, object], Path]:
    """Give what is written for a stack, what all tenants share included, by key.

    Args:
        directory: Of the program.

    Returns:
        The values, and the folder that files among them are relative to.

    Raises:
        SettingsError: the file of what is shared cannot be used.
    """
    values = _decode_values(configuration)
    folder = _folder(values, directory)
    return values | _shared_beside(values, folder), folder


def shared_configuration(configuration: Mapping[str, str], directory: Path) -> dict[str, str]:
    """Give what all tenants share and a stack leaves out, in the form of its configuration.

    Args:
        directory: Of the program.

    Raises:
        SettingsError: the file of what is shared cannot be used.
    """
    values = _decode_values(configuration)
    shared = _shared_beside(values, _folder(values, directory))
    return {
        f"{NAMESPACE}:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in shared.items()
    }


def _decode_values(configuration: Mapping[str, str]) -> dict[str, object]:
    # The engine hands an unset optional key over as empty, the default in Pulumi.yaml.
    return {
        key.partition(":")[2]: _decode(value)
        for key, value in configuration.items()
        if key.startswith(f"{NAMESPACE}:") and value != ""
    }


def _folder(values: Mapping[str, object], directory: Path) -> Path:
    return directory / str(values.get("folder") or "")


def _shared_beside(values: Mapping[str, object], folder: Path) -> dict[str, object]:
    """Give what all tenants share, where the stack itself says nothing."""
    side, file = values.get("side"), values.get("shared_file")
    if not (isinstance(file, str) and isinstance(side, str) and side in _MODELS):
        return {}
    shared = read_shared(folder / file, file, side, configuration_keys(side), NAMESPACE)
    return {key: value for key, value in shared.items() if key not in values}


class _Reader:
    """One reading of a configuration, collecting problems on the way."""

    def __init__(
        self,
        configuration: Mapping[str, str],
        stack: str,
        directory: Path,
        secret_keys: Collection[str],
    ) -> None:
        self._secret_keys = secret_keys
        self._file = f"Pulumi.{stack}.yaml"
        self._problems: list[Problem] = []
        self._values = _decode_values(configuration)
        self._directory = _folder(self._values, directory)
        self._shared: dict[str, object] = {}
        sas = configuration.get(SAS_KEY)
        if sas:
            self._values["sas"] = BroughtSas(pydantic.SecretStr(sas))
        elif sas is None and SAS_KEY in secret_keys:
            self._values["sas"] = BroughtSas()

    def read(self, as_of: str | None, *, reads_images: bool) -> SourceSettings | TargetSettings:
        side = self._values.get("side")
        if not isinstance(side, str) or side not in _MODELS:
            rule = "a stack is one side of the transfer, source or target"
            self._report("side", side, rule, "side: source")
            raise SettingsError(self._problems)
        self._refuse_unknown_keys(side)
        with self._noting():
            self._shared = _shared_beside(self._values, self._directory)
        self._values |= self._shared
        if side == "source":
            self._read_images(is_needed=reads_images)
        else:
            self._refuse_two_sources()
            self._find_source_file()
        if as_of:
            self._values["as_of"] = as_of
        settings = self._validate(_MODELS[side])
        if settings is not None and settings.sas is not None:
            self._check_sas(settings, settings.sas)
        if self._problems or settings is None:
            raise SettingsError(self._problems)
        return settings

    def _refuse_unknown_keys(self, side: str) -> None:
        known = configuration_keys(side)
        other_side = "target" if side == "source" else "source"
        for key in [key for key in self._values if key not in known]:
            where, value = f"{NAMESPACE}:{key}", self._values.pop(key)
            if key in configuration_keys(other_side):
                if value in _defaults(other_side, key):
                    continue
                rule = f"it is a key of the {other_side} side, and this stack is the {side} side"
                self._add(where, value, rule, f"Remove it from {self._file}.")
                continue
            guess = nearest_of(key, known, f"{NAMESPACE}:")
            fix = f"{guess}The keys of the {side} side are: {', '.join(sorted(known))}."
            self._add(where, value, "there is no such key", fix)

    def _refuse_two_sources(self) -> None:
        file, stack = self._values.get("source_file"), self._values.get("source_stack")
        # The engine hands the default of Pulumi.yaml over as if it had been written.
        if file and stack and stack not in _defaults("target", "source_stack"):
            rule = f"the source is either this file or the stack of source_stack, {stack!r}"
            fix = f"Remove one of the two keys from {self._file}."
            self._add(f"{NAMESPACE}:source_file", file, rule, fix)

    def _find_source_file(self) -> None:
        """Name the hand-over file from the program's directory, in which it is read."""
        if isinstance(file := self._values.get("source_file"), str):
            folder = str(self._values.get("folder") or "")
            self._values["source_file"] = str(Path(folder, file))

    def _read_images(self, *, is_needed: bool) -> None:
        """Put the lock in place of the list, or the list in place of its file."""
        file, registry = self._values.get("images_lock"), self._values.get("registry")
        listed: tuple[str, ...] = ()
        with self._noting():
            if not is_needed:
                pass
            elif isinstance(file, str):
                name = str(registry or "").rpartition("/")[2]
                _, self._values["locked_images"] = read_lock(file, self._directory, name)
            else:
                entries, where = read_list(self._values, self._directory, self._file)
                listed = tuple(str(artifact) for artifact in parse_artifacts(entries, where))
        self._values["images"] = listed

    def _validate(
        self, model: type[SourceSettings] | type[TargetSettings]
    ) -> SourceSettings | TargetSettings | None:
        try:
            return model.model_validate(self._values)
        except pydantic.ValidationError as error:
            for item in error.errors():
                key = str(item["loc"][0])
                if key == "as_of":
                    rule = "it is a time with its zone, in ISO 8601"
                    fix = f"Write {AS_OF_VARIABLE}=2026-01-31T00:00:00Z, or leave it unset."
                    self._problems.append(Problem(AS_OF_VARIABLE, item["input"], rule, fix))
                    continue
                example = model.model_fields[key].examples
                line = f"{key}: {json.dumps(example[0]) if example else ''}"
                is_missing = item["type"] == "missing"
                path = ".".join(str(part) for part in item["loc"])
                value = None if is_missing else item["input"]
                self._report(path, value, rule_of(item["type"], item["msg"]), line)
            return None

    def _check_sas(self, settings: SourceSettings | TargetSettings, sas: BroughtSas) -> None:
        if SAS_KEY not in self._secret_keys:
            self._problems.append(_sas_problem("it stands in plain text in the stack's file"))
        if settings.storage_access == "managed-identity":
            rule = "with storage_access: managed-identity there is no SAS"
            fix = f"Remove one of the two keys from {self._file}."
            self._problems.append(Problem(SAS_KEY, "[secret]", rule, fix))
        if settings.makes_account:
            rule = "a SAS is of an account that is there already"
            fix = f"Write {NAMESPACE}:storage with the account's or container's ID in {self._file}."
            self._problems.append(Problem(SAS_KEY, "[secret]", rule, fix))
        if sas.token is not None:
            grant = Grant(settings.side, settings.sas_kind, settings.deletes_blobs)
            for fault in sas_faults(sas.token.get_secret_value(), grant, settings.as_of):
                self._problems.append(_sas_problem(fault))

    def _report(self, path: str, value: object, rule: str, line: str) -> None:
        where = f"{NAMESPACE}:{path}"
        is_shared = path.partition(".")[0] in self._shared
        file = self._values["shared_file"] if is_shared else self._file
        self._add(where, value, rule, f"Write {NAMESPACE}:{line} in {file}.")

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """Note the problems of what is read meanwhile."""
        try:
            yield
        except SettingsError as error:
            for problem in error.problems:
                self._add(problem.where, problem.value, problem.rule, problem.fix)

    def _add(self, where: str, value: object, rule: str, fix: str) -> None:
        """Note a problem; a value that is kept as a secret stays one, as do the parts of it."""
        is_secret = any(
            where == key or where.startswith((f"{key}.", f"{key}[")) for key in self._secret_keys
        )
        self._problems.append(Problem(where, "[secret]" if is_secret else value, rule, fix))


def _sas_problem(fault: str) -> Problem:
    return sas_problem(SAS_KEY, fault, f"Set another one: pulumi config set --secret {SAS_KEY}.")


def _defaults(side: str, key: str) -> tuple[object, ...]:
    """Give the default of a key in each form that a configuration may hold it in."""
    default = _MODELS[side].model_fields[key].get_default(call_default_factory=True)
    return (default, list(default) if isinstance(default, tuple) else json.dumps(default))


def _decode(text: str) -> object:
    """Undo the JSON that the engine packs lists and mappings in."""
    if text[:1] in ("[", "{"):
        try:
            return cast("object", json.loads(text))
        except json.JSONDecodeError:
            return text
    return text
