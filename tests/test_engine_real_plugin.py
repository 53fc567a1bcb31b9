"""The real azure-native plugin can stand in for ours: what the engine starts, and with what."""

import json
import sys
from pathlib import Path

import pytest
from engine_stage import EngineStage
from real_plugin import VARIABLE, install_plugin, real_plugin

from emulator.providers import plugins

# What the real provider asks of the environment to sign in to a cloud of its own.
NEEDED = (
    "ARM_CLIENT_ID",
    "ARM_CLIENT_SECRET",
    "ARM_METADATA_HOSTNAME",
    "ARM_SUBSCRIPTION_ID",
    "ARM_TENANT_ID",
    "SSL_CERT_FILE",
)
STAND_IN = """\
#!{python} -IS
import json, os, sys
with open({record!r}, "w") as file:
    json.dump(dict(os.environ), file)
sys.exit("the stand-in ends here")
"""


@pytest.mark.engine
def test_the_engine_starts_the_plugin_that_is_named_with_the_way_to_the_emulated_cloud(
    stage: EngineStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, record = tmp_path / "home", tmp_path / "environment.json"
    program = tmp_path / "pulumi-resource-azure-native"
    program.write_text(STAND_IN.format(python=sys.executable, record=str(record)))
    program.chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    plugins.install(home, stage.emulator.directory / "control.sock")
    stage.configure("source", images=["shop/web:1.4"])
    stage.init("source")

    named = real_plugin()
    assert named is not None
    install_plugin(home, named)
    result = stage.up("source", PULUMI_HOME=str(home))

    assert result.code != 0
    assert "the stand-in ends here" in result.text
    given = json.loads(record.read_text())
    assert {name: given.get(name) for name in NEEDED} == {
        name: stage.environment[name] for name in NEEDED
    }


@pytest.mark.parametrize("name", ["nowhere", "folder"])
def test_a_plugin_that_is_not_there_ends_the_suite_with_the_name_it_should_have(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder").mkdir()
    monkeypatch.setenv(VARIABLE, str(tmp_path / name))

    with pytest.raises(pytest.UsageError, match="pulumi-resource-azure-native of version"):
        real_plugin()
