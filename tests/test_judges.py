"""How the judges' scripts are read and run; the judges themselves run in `make judges`."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from judges import __main__ as judges
from judges.runner import Result, run_all
from judges.script import FOLDER, Command, read
from tools.pins import PIP_PINS, pip_package

SCRIPTS = sorted(FOLDER.glob("*.sh"))


def run(folder: Path, *texts: str) -> list[Result]:
    environment = {"PATH": os.environ["PATH"]}
    return list(run_all([Command("", text) for text in texts], folder, environment))


def test_paragraphs_are_commands_and_comments_sections(tmp_path: Path) -> None:
    file = tmp_path / "script.sh"
    file.write_text("# First\naz login \\\n  --tenant x\n\naz logout\n\n# Second\nwho=$(whoami)\n")

    assert read(file) == [
        Command("First", "az login \\\n  --tenant x"),
        Command("First", "az logout"),
        Command("Second", "who=$(whoami)"),
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("az keyvault secret set \\\n  --name x", "az keyvault secret set"),
        ("az \\\n  login --tenant x", "az login"),
        ('id=$(az acr show --name x)\naz acr delete --name "$id"', "az acr delete"),
        ('test "$(az rest --url /tenants)" = x', "az rest"),
        ("azcopy copy https://one https://two", "azcopy copy"),
        ("echo hello > file\ncrane append --new_tag x", "crane append"),
        ("oras push server/name:v1 file", "oras push"),
        ("cat file", "cat"),
    ],
)
def test_a_command_is_named_by_its_client_and_verbs(text: str, name: str) -> None:
    assert Command("", text).name == name


def test_a_variable_is_there_for_the_commands_after_it(tmp_path: Path) -> None:
    results = run(tmp_path, "word='a $b'", "false", "test \"$word\" = 'a $b'")

    assert [bool(result.reason) for result in results] == [False, True, False]


@pytest.mark.parametrize(
    "text", ['echo "$unknown"', "false | cat", "false\ntrue", "exit 3", "no-such-program"]
)
def test_a_command_that_fails_anywhere_in_it_fails(tmp_path: Path, text: str) -> None:
    assert run(tmp_path, text)[0].reason


def test_the_reason_is_the_clients_error_without_a_signature(tmp_path: Path) -> None:
    text = "echo 'ERROR: no https://x?sv=1&sig=secret%3D&se=2' >&2; echo more >&2; exit 1"

    assert run(tmp_path, text)[0].reason == "ERROR: no https://x?sv=1&sig=REDACTED&se=2"


def test_a_command_without_an_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("judges.runner._LIMIT_SECONDS", 0.2)

    result = run(tmp_path, "echo $$ > pid; tail -f /dev/null")[0]

    assert result.reason == "no end after 0.2 s"
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize("reason", ["", "ERROR: a | b"])
def test_a_row_tells_verdict_and_reason(reason: str) -> None:
    result = Result(Command("Section", "az login"), reason, 1.5)

    line = judges._line("azure-cli", result)
    table = judges._markdown([("azure-cli", result)])

    assert line.startswith("failed" if reason else "passed")
    assert line.endswith(reason or "1.5 s")
    row = table.splitlines()[-1]
    assert len(re.findall(r"(?<!\\)\|", row)) == 6


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.stem)
def test_a_script_is_good_bash_and_each_judge_has_one(script: Path) -> None:
    commands = read(script)

    assert script.stem in judges.JUDGES
    assert len(commands) > 5
    for command in commands:
        parsed = subprocess.run(
            ["bash", "-n", "-c", command.text], capture_output=True, text=True, check=False
        )
        assert parsed.stderr == ""
        assert command.section, "each command stands under a comment"


@pytest.mark.parametrize("package", ["azure-cli", "checkov"])
def test_every_package_of_a_judge_in_python_has_one_version(package: str) -> None:
    lines = (PIP_PINS / package / "requirements.txt").read_text().splitlines()
    packages = [line for line in lines if not line.startswith("#")]

    assert [line for line in packages if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    assert f"{package}=={pip_package(package)}" in packages
