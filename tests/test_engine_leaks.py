"""After a whole transfer no SAS and no account key lies anywhere in plain text."""

import json
from pathlib import Path
from urllib.parse import unquote

import pytest
from argument_recorder import TOOLS, record_arguments
from engine_stage import EngineStage

from emulator import daemon

pytestmark = pytest.mark.engine


def test_no_sas_and_no_key_is_written_printed_or_an_argument_but_azcopys_short_lived_one(
    pair: EngineStage, tmp_path: Path
) -> None:
    log = record_arguments(pair, tmp_path / "recorders")
    printed = pair.transfer("run")
    calls = log.read_text().splitlines()
    daemons = arguments_of_children(daemon.running(pair.emulator.directory) or 0)
    outputs = [
        pair.succeed("stack", "output", "--json", "-s", stack).out for stack in ("source", "target")
    ]
    files = [file for file in pair.backend.rglob("*") if file.is_file()]
    texts = {
        "printed": printed.text,
        "outputs": "".join(outputs),
        "log of the emulator": (pair.emulator.directory / "emulator.log").read_text(),
        **{str(file): file.read_text() for file in files},
    }

    assert printed.code == 0, printed.text
    assert len(files) >= 6
    secrets = secrets_of(pair)
    assert {place for place, text in texts.items() if "sig=" in text} == set()
    assert {place for place, text in texts.items() for secret in secrets if secret in text} == set()
    assert {tool for tool in TOOLS if any(f"/{tool} " in call for call in calls)} >= {
        "pulumi",
        "azcopy",
    }
    assert len(daemons) >= 3
    assert [call for call in [*calls, *daemons] for secret in secrets if secret in call] == []
    assert {call.split()[0].rpartition("/")[2] for call in calls if "sig=" in call} == {"azcopy"}
    assert [call for call in daemons if "sig=" in call] == []


def arguments_of_children(pid: int) -> list[str]:
    """Give the command lines of a process and of all that it has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return [own, *(line for child in children for line in arguments_of_children(int(child)))]


def secrets_of(stage: EngineStage) -> set[str]:
    """Give all account keys, the key of the states, and the signatures of all SAS in vaults.

    Signatures are in both their spellings.
    """
    state = json.loads((stage.emulator.directory / "state.json").read_text())
    secrets: set[str] = set()
    for private in (resource["private"] for resource in state["resources"]):
        secrets.update(private.get("keys", []))
        for version in private.get("versions", []):
            if isinstance(version, dict) and "pem" in version:
                secrets.add(version["pem"].splitlines()[1])
            elif isinstance(version, dict):
                signature = version["value"].partition("sig=")[2].partition("&")[0]
                secrets |= {signature, unquote(signature)}
    assert len(secrets) >= 6
    return secrets
