"""Stacks are read and run by the engine on PATH, with its failures told in short."""

import io
import json
import os
import shlex
import signal
import subprocess
from pathlib import Path

import pytest
from transfer_support import FakeClock, plain_console

from transfer.console import Console
from transfer.engine import Engine, find_engine
from transfer.errors import CommandFailedError, StoppedError, WrongUseError
from transfer.hints import Hint
from transfer.pair import Pair
from transfer.stacks import PulumiStack

FAILED_UP = """\
Updating (source):
 +  azure-native:storage:StorageAccount source-storage creating (0s)
 +  azure-native:storage:StorageAccount source-storage created (1.2s)
 +  azure-native:keyvault:Vault source-vault **creating failed**
Diagnostics:
  azure-native:keyvault:Vault (source-vault):
    error: Code="VaultAlreadyExists" SAS ?sv=1&sig=TOP-SECRET

Resources:
    + 1 created
"""
PROJECT = """\
name: acr-transfer
config:
  acr-transfer:blobs: {type: string, default: copied}
  acr-transfer:registry: {type: string}
  azure-native:subscriptionId: {value: "0000"}
"""
STACK_FILE = """\
encryptionsalt: v1:salt
config:
  acr-transfer:registry: rg/contoso
  acr-transfer:images: [shop/web:1]
  acr-transfer:protect: true
  side: source
  acr-transfer:sas: {secure: v1:cipher}
  azure-native:clientSecret: {secure: v1:cipher}
"""
NO_STACK = "echo \"error: no stack named 'source' found\" >&2; exit 255"


class FakeEngine:
    """A script named pulumi first on PATH."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._directory = directory
        monkeypatch.setenv("PATH", str(directory), prepend=os.pathsep)

    def install(self, body: str) -> Engine:
        """Make it behave; the calls are noted."""
        program = self._directory / "pulumi"
        program.write_text(f'#!/bin/sh\necho "$@" >> {self._directory}/calls\n{body}')
        program.chmod(0o755)
        return find_engine()

    def install_without_stack(self) -> Engine:
        """Have a configuration file, of which the stack is still to be made."""
        (self._directory / "Pulumi.source.yaml").write_text("config: {}\n")
        made = self._directory / "made"
        return self.install(
            f'case "$*" in *"stack init"*) touch {made};; esac\n[ -e {made} ] && exit\n{NO_STACK}'
        )

    def calls(self) -> list[str]:
        """Give the calls."""
        return (self._directory / "calls").read_text().splitlines()


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """A fake engine first on PATH, and a project."""
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    return FakeEngine(tmp_path, monkeypatch)


def test_outputs_are_read_without_secrets(engine: FakeEngine, tmp_path: Path) -> None:
    command = engine.install("""echo '{"contract": {"version": 1}}'""")

    outputs = PulumiStack("source", tmp_path, command, plain_console()[0]).outputs()

    assert outputs == {"contract": {"version": 1}}
    assert engine.calls() == ["--non-interactive stack output --json --stack source --color never"]


def test_a_stack_that_does_not_exist_has_no_outputs(engine: FakeEngine, tmp_path: Path) -> None:
    command = engine.install("echo \"error: no stack named 'source' found\" >&2; exit 255")

    assert PulumiStack("source", tmp_path, command, plain_console()[0]).outputs() == {}


def test_each_secret_of_the_configuration_is_decrypted_by_itself_but_never_the_sas(
    engine: FakeEngine, tmp_path: Path
) -> None:
    entries = {
        "acr-transfer:side": {"value": "target", "secret": False},
        "acr-transfer:registry": {"secret": True},
        "acr-transfer:sas": {"secret": True},
        "azure-native:clientSecret": {"secret": True},
    }
    command = engine.install(
        f"""case "$*" in *"config get"*) echo rg/contoso;; *) echo '{json.dumps(entries)}';; esac"""
    )
    stack = PulumiStack("target", tmp_path, command, plain_console()[0])

    config = stack.config()

    assert config == {"acr-transfer:side": "target", "acr-transfer:registry": "rg/contoso"}
    assert stack.secret_keys() == entries.keys() - {"acr-transfer:side"}
    assert [call.split()[2:4] for call in engine.calls()] == [
        ["--json", "--stack"],
        ["get", "acr-transfer:registry"],
    ]


def test_what_the_provider_is_told_is_read_and_only_its_secrets_decrypted(
    engine: FakeEngine, tmp_path: Path
) -> None:
    entries = {
        "azure-native:tenantId": {"value": "t", "secret": False},
        "azure-native:clientSecret": {"secret": True},
        "azure-native:location": {"value": "westeurope", "secret": False},
        "acr-transfer:sas": {"secret": True},
    }
    command = engine.install(
        f"""case "$*" in *"config get"*) echo TOP-SECRET;; *) echo '{json.dumps(entries)}';; esac"""
    )
    stack = PulumiStack("target", tmp_path, command, plain_console()[0])

    told = stack.provider_config(["tenantId", "clientId", "clientSecret"])
    again = [stack.config(), stack.provider_config(["clientSecret"])]

    assert {name: value.get_secret_value() for name, value in told.items()} == {
        "tenantId": "t",
        "clientSecret": "TOP-SECRET",
    }
    assert "TOP-SECRET" not in f"{told} {again}"
    flags = "--stack target --color never"
    assert engine.calls() == [
        f"--non-interactive config --json {flags}",
        f"--non-interactive config get azure-native:clientSecret {flags}",
    ]


def test_the_configuration_of_a_stack_that_does_not_exist_is_read_from_its_files(
    engine: FakeEngine, tmp_path: Path
) -> None:
    file = tmp_path / "Pulumi.source.yaml"
    file.write_text(STACK_FILE)
    command = engine.install(NO_STACK)

    stack = PulumiStack("source", tmp_path, command, plain_console()[0])
    config, told = stack.config(), stack.provider_config(["subscriptionId"])

    assert told["subscriptionId"].get_secret_value() == "0000"
    assert stack.secret_keys() == {"acr-transfer:sas", "azure-native:clientSecret"}
    assert config == {
        "acr-transfer:blobs": "copied",
        "acr-transfer:registry": "rg/contoso",
        "acr-transfer:images": '["shop/web:1"]',
        "acr-transfer:protect": "true",
        "acr-transfer:side": "source",
    }
    assert file.read_text() == STACK_FILE
    assert [call.split()[1] for call in engine.calls()] == ["config"]


def test_a_secret_that_no_stack_decrypts_is_named(engine: FakeEngine, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.source.yaml").write_text(STACK_FILE)
    stack = PulumiStack("source", tmp_path, engine.install(NO_STACK), plain_console()[0])

    with pytest.raises(WrongUseError) as caught:
        stack.provider_config(["clientSecret"])

    assert str(caught.value).startswith("azure-native:clientSecret in Pulumi.source.yaml cannot")
    assert "Type: pulumi stack init -s source" in str(caught.value)


def test_a_stack_file_that_is_not_yaml_is_named_with_the_line(
    engine: FakeEngine, tmp_path: Path
) -> None:
    (tmp_path / "Pulumi.source.yaml").write_text("config:\n  a: [b\n")
    stack = PulumiStack("source", tmp_path, engine.install(NO_STACK), plain_console()[0])

    with pytest.raises(WrongUseError, match=r"Pulumi.source.yaml is not valid: line 3"):
        stack.config()


def test_an_up_shows_a_line_for_each_finished_resource(engine: FakeEngine, tmp_path: Path) -> None:
    command = engine.install(f"cat <<'END'\n{FAILED_UP}END\n")
    console, shown = plain_console()

    PulumiStack("source", tmp_path, command, console).up(exclude=["**Run**"])

    assert shown.getvalue().splitlines() == [
        "  StorageAccount source-storage created (1.2s)",
        "  + 1 created",
    ]
    assert "--continue-on-error --exclude **Run**" in engine.calls()[0]


def test_a_failed_up_tells_the_diagnostics_and_no_sas(engine: FakeEngine, tmp_path: Path) -> None:
    command = engine.install(f"cat <<'END'\n{FAILED_UP}END\nexit 255\n")

    with pytest.raises(CommandFailedError) as caught:
        PulumiStack("source", tmp_path, command, plain_console()[0]).up()

    assert "VaultAlreadyExists" in caught.value.message
    assert "creating (0s)" not in caught.value.message
    assert "TOP-SECRET" not in str(caught.value)
    assert caught.value.hint == Hint()


@pytest.mark.parametrize(
    ("said", "steps"),
    [
        ("the stack is currently locked by 1 lock(s).", ("pulumi cancel -s source",)),
        ("Conflict: Another update is currently in progress.", ("pulumi cancel -s source",)),
        ("failed to load checkpoint: EOF", ()),
        ("get stack secrets manager: incorrect passphrase", ()),
        ("PULUMI_ACCESS_TOKEN must be set for login", ()),
        ('resource "urn:x" cannot be deleted\nbecause it is protected.', ()),
        ("snapshot integrity failure", ("pulumi state repair -s source",)),
        (
            "VaultAlreadyExists. Type pulumi up -s source --replace '**::source-sas-suffix'.",
            ("pulumi up --replace '**::source-sas-suffix' -s source",),
        ),
    ],
    ids=["lock", "service-lock", "checkpoint", "passphrase", "login", "protected", "state", "name"],
)
def test_what_to_do_fits_what_the_engine_says(
    engine: FakeEngine, tmp_path: Path, said: str, steps: tuple[str, ...]
) -> None:
    (tmp_path / "said").write_text(f"error: {said}")
    # It fails until another command than the one that failed is typed, or the cause is mended.
    command = engine.install(
        f'case "$*" in --non-interactive*) ;; *) rm {tmp_path}/said; exit;; esac\n'
        f"[ -e {tmp_path}/said ] || exit 0; cat {tmp_path}/said >&2; exit 255"
    )
    stack = PulumiStack("source", Path(), command, plain_console()[0])

    with pytest.raises(CommandFailedError) as caught:
        stack.up()

    hint = caught.value.hint
    written = (step for step in hint.steps if isinstance(step, tuple))
    assert tuple(map(shlex.join, written)) == steps
    assert hint.words or not steps
    *typed, again = Pair().lines(hint, ("true",), lambda _: {})[-1].split(" && ")
    assert again == "true"
    for line in typed:
        subprocess.run(["sh", "-c", line], check=True)
    if not typed:
        (tmp_path / "said").unlink()
    stack.up()
    assert caught.value.hint.is_repeated


@pytest.mark.parametrize(
    ("times", "shown", "steps"),
    [
        (1, "has ended, and what is done stays", []),
        (2, "is in doubt", []),
        (3, "is in doubt", ["pulumi cancel -s source"]),
    ],
)
def test_ctrl_c_is_handed_on_and_what_is_left_in_doubt_is_told(
    engine: FakeEngine, times: int, shown: str, steps: list[str]
) -> None:
    ends_after = times if times < 3 else 99
    command = engine.install(
        f"n=0; trap 'n=$((n+1)); echo $n' INT; echo up; "
        f"while [ $n -lt {ends_after} ]; do :; done; exit 1"
    )
    pressed: list[str] = []

    class Impatient(Console):
        """Somebody presses Ctrl-C at each line of the engine, as often as is wanted."""

        def status(self, text: str, fraction: float | None = None) -> None:
            super().status(text, fraction)
            if len(pressed) < times:
                pressed.append(text)
                os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(StoppedError, match=shown) as caught:
        PulumiStack("source", Path(), command, Impatient(io.StringIO(), FakeClock())).up()

    written = [step for step in caught.value.hint.steps if isinstance(step, tuple)]
    assert [shlex.join(step) for step in written] == steps
    assert pressed == ["up", "1", "2"][:times]


def test_a_new_stack_is_made_from_its_configuration_file(
    engine: FakeEngine, tmp_path: Path
) -> None:
    command = engine.install_without_stack()

    PulumiStack("organization/acr-transfer/source", tmp_path, command, plain_console()[0]).up()

    assert [call.split()[1:3] for call in engine.calls()] == [
        ["up", "--yes"],
        ["stack", "init"],
        ["up", "--yes"],
    ]


def test_a_stack_that_is_known_not_to_exist_is_made_before_its_first_up(
    engine: FakeEngine, tmp_path: Path
) -> None:
    command = engine.install_without_stack()
    stack = PulumiStack("source", tmp_path, command, plain_console()[0])

    stack.config()
    for _ in range(2):
        stack.up()

    assert [call.split()[1:3] for call in engine.calls()] == [
        ["config", "--json"],
        ["stack", "init"],
        ["up", "--yes"],
        ["up", "--yes"],
    ]


@pytest.mark.parametrize("action", ["up", "config"])
def test_a_misspelt_stack_is_not_made(engine: FakeEngine, tmp_path: Path, action: str) -> None:
    command = engine.install("echo \"error: no stack named 'sorce' found\" >&2; exit 255")
    stack = PulumiStack("sorce", tmp_path, command, plain_console()[0])

    with pytest.raises(WrongUseError, match="stack 'sorce' is not valid"):
        getattr(stack, action)()


def test_without_engine_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CommandFailedError, match="pulumi is not on PATH") as caught:
        find_engine()

    assert caught.value.hint.words == "make setup"


def test_an_engine_that_does_not_start_is_told(engine: FakeEngine, tmp_path: Path) -> None:
    command = engine.install("")
    (tmp_path / "pulumi").write_text("#!/no/such/shell\n")

    with pytest.raises(CommandFailedError, match="not usable"):
        PulumiStack("source", tmp_path, command, plain_console()[0]).outputs()
