"""The user's own files: a pair of stacks as they describe it, and a copy for the stage."""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

from components.model.configuration import NAMESPACE, SAS_KEY, written_values
from components.model.errors import Problem, SettingsError
from components.model.names import SIDES, Side
from components.model.settings import SourceSettings, TargetSettings
from components.model.yaml_files import read_yaml
from fleet.tenants.folder import FOLDER
from transfer.azure.sign_in import NAMES
from transfer.file_settings import settings_by_files
from transfer.stack_file import (
    Entry,
    program_directory,
    project_directory,
    read_entries,
    stack_file,
)
from transfer.stack_names import stack_of

_PROVIDER = "azure-native:"
_PLACE = ("subscriptionId", "tenantId")
# How somebody signs in is of the machine and of the cloud: on the stage it is the stage's.
_SIGN_IN = (*(name for name in NAMES if name not in _PLACE), "oidc", "client", "msi", "use")
# What the engine hands over of a key that Pulumi.yaml alone names.
_UNSET: Entry = {"value": ""}
_ENCRYPTION = ("encryptionsalt", "encryptedkey", "secretsprovider")
ROLE_WAIT = f"{NAMESPACE}:role_wait_seconds"


@dataclass(frozen=True)
class SideFiles:
    """A stack as its files describe it."""

    side: Side
    stack: str
    file: Path
    entries: Mapping[str, Entry]
    settings: SourceSettings | TargetSettings

    @property
    def cloud(self) -> str:
        """What tells its cloud from others; empty where only the environment tells."""
        name = self._told("environment").lower()
        return self._told("metadataHost") or ("" if name == "public" else name)

    @property
    def tenant(self) -> str:
        """Its Azure tenant; empty where only the environment tells."""
        return self._told("tenantId").lower()

    @property
    def subscription(self) -> str:
        """Its subscription; empty where only the environment tells."""
        return self._told("subscriptionId")

    @property
    def brings_sas(self) -> bool:
        """Whether it is told a SAS, which is a secret."""
        return self.entries.get(SAS_KEY, _UNSET) != _UNSET

    @property
    def signs_sas(self) -> bool:
        """Whether the program has a SAS signed, and rotates it."""
        return self.settings.storage_access == "sas" and not self.brings_sas

    def _told(self, name: str) -> str:
        return str(self.entries.get(f"{_PROVIDER}{name}", {}).get("value") or "")


@dataclass(frozen=True)
class PairFiles:
    """A pair of stacks in the folder of a project."""

    name: str
    """Of the tenant; else of the source's stack."""
    root: Path
    """The directory of the program."""
    folder: Path
    """The directory of the project."""
    source: SideFiles
    target: SideFiles

    @property
    def place(self) -> Path:
        """The folder of the project, relative to the program's."""
        return self.folder.relative_to(self.root)

    @property
    def source_settings(self) -> SourceSettings:
        """The settings of the source."""
        return cast(SourceSettings, self.source.settings)

    @property
    def target_settings(self) -> TargetSettings:
        """The settings of the target."""
        return cast(TargetSettings, self.target.settings)

    @property
    def sides(self) -> tuple[SideFiles, SideFiles]:
        """Both sides."""
        return self.source, self.target

    def in_program(self, file: Path) -> Path:
        """Give the place of a file, relative to the program.

        Raises:
            SettingsError: it lies elsewhere.
        """
        try:
            return file.resolve().relative_to(self.root)
        except ValueError as error:
            rule = f"a rehearsal copies files below {self.root}"
            problem = Problem(self.name, str(file), rule, "Name a file there.")
            raise SettingsError([problem]) from error

    @property
    def source_values(self) -> tuple[dict[str, object], Path]:
        """What is written for the source, and the folder that its files are relative to."""
        plain = {key: str(entry["value"]) for key, entry in _plain(self.source.entries)}
        return written_values(plain, self.root)


def read_pair(
    name: str, directory: Path, source: str = "source", target: str = "target"
) -> PairFiles:
    """Read a pair of stacks from its files, without a login.

    Raises:
        SettingsError: values are wrong, or nothing that a rehearsal can run; it names all of them.
        WrongUseError: a file is not there, or is no YAML.
    """
    folder, root = project_directory(directory), program_directory(directory)
    sides: dict[Side, SideFiles] = {}
    problems: list[Problem] = []
    for side, given in zip(SIDES, (source, target), strict=True):
        stack = stack_of(side, given, directory)
        file = stack_file(directory, stack)
        entries = read_entries(file) if file.is_file() else {}
        problems += _encrypted(entries, file)
        try:
            settings = settings_by_files(side, stack, directory, {}).settings
        except SettingsError as error:
            problems += error.problems
            continue
        sides[side] = SideFiles(side, stack, file, entries, settings)
        problems += _impossible(sides[side])
    if problems:
        raise SettingsError(problems)
    return PairFiles(name or sides["source"].stack, root, folder, sides["source"], sides["target"])


class Checkout:
    """The copy of a program and of stack files that the stage runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def lay(
        self,
        pairs: Iterable[PairFiles],
        told: Mapping[str, Mapping[str, object]],
        texts: Mapping[Path, str],
    ) -> None:
        """Put pairs of one program on the stage, in place of what was there; stacks stay.

        The program is linked, and files are copied: the engine writes into a stack's file.

        Args:
            told: What each stack is told of the stage's clouds, by its name.
            texts: Lists and locks of the stage, relative to the program.
        """
        pairs = tuple(pairs)
        root = pairs[0].root
        salts = {file.name: _kept(file) for file in self.folder.rglob("Pulumi.*.yaml")}
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        written = {pair.place.parts[0] for pair in pairs if pair.place.parts}
        written |= {path.parts[0] for path in texts} | {FOLDER}
        for entry in root.iterdir():
            is_file_of_pulumi = entry.name.startswith("Pulumi.")
            is_hidden = entry.name.startswith(".") and not is_virtualenv(entry)
            if not (entry.name in written or is_file_of_pulumi or is_hidden):
                (self.folder / entry.name).symlink_to(entry)
        for pair in pairs:
            folder = self.folder / pair.place
            folder.mkdir(parents=True, exist_ok=True)
            for project in {pair.folder, root}:
                if (project / "Pulumi.yaml").is_file():
                    document = _document(project / "Pulumi.yaml")
                    document.pop("backend", None)
                    place = self.folder / project.relative_to(root)
                    _write(place / "Pulumi.yaml", {**document, "config": _config(document)})
            for side in pair.sides:
                config = _config(_document(side.file)) | dict(told[side.stack])
                document = {**salts.get(side.file.name, {}), "config": config}
                _write(folder / side.file.name, document)
        for path, text in texts.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")


def is_virtualenv(entry: Path) -> bool:
    """Tell whether packages of Python lie in a folder."""
    return (entry / "pyvenv.cfg").is_file()


def _kept(file: Path) -> dict[str, object]:
    """Give what the engine has written into a stack's file: what it encrypts by."""
    return {key: value for key, value in _document(file).items() if key in _ENCRYPTION}


def _config(document: Mapping[str, object]) -> dict[str, object]:
    """Give a configuration without what is encrypted, and without how the user signs in."""
    config = document.get("config")
    return {
        key: value
        for key, value in (config.items() if isinstance(config, Mapping) else ())
        if not key.removeprefix(_PROVIDER).startswith(_SIGN_IN if key.startswith(_PROVIDER) else ())
        and not _is_encrypted(value)
    }


def _is_encrypted(value: object) -> bool:
    return isinstance(value, Mapping) and "secure" in value


def _document(file: Path) -> dict[str, object]:
    document = read_yaml(file)
    return dict(document) if isinstance(document, Mapping) else {}


def _write(file: Path, document: Mapping[str, object]) -> None:
    file.write_text(yaml.safe_dump(dict(document), sort_keys=False), encoding="utf-8")


def _plain(entries: Mapping[str, Entry]) -> Iterable[tuple[str, Entry]]:
    return [(key, entry) for key, entry in entries.items() if "value" in entry]


def _encrypted(entries: Mapping[str, Entry], file: Path) -> Iterable[Problem]:
    for key, entry in entries.items():
        if "value" not in entry and key.startswith(f"{NAMESPACE}:") and key != SAS_KEY:
            rule = "it is encrypted, and a rehearsal has no passphrase of yours"
            yield Problem(key, "[secret]", rule, f"Write it in plain text in {file.name}.")


def _impossible(side: SideFiles) -> Iterable[Problem]:
    """Name what a rehearsal of both sides cannot run."""
    settings = side.settings
    if settings.side != side.side:
        rule = f"the stack is a {settings.side} side"
        yield Problem(f"--{side.side}", side.stack, rule, f"Name a {side.side} stack.")
    if side.brings_sas and not (
        settings.storage.startswith("/") and settings.sas_kind == "container"
    ):
        rule = "a SAS of your own is rehearsed for one container of a storage that exists"
        fix = f"Write {NAMESPACE}:storage in {side.file.name}, or leave the SAS out."
        yield Problem(SAS_KEY, "[secret]", rule, fix)
