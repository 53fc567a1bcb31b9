"""The policy pack is set up for the engine that is there."""

from pathlib import Path

import pytest

from tools import engine, policy_pack
from tools.places import Places
from tools.run import Command
from tools.tool import Tool

SCRIPT = "pulumi-analyzer-policy-venv"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A checkout whose pack has its environment in the cache."""
    found = Places(tmp_path / "project", tmp_path / "cache", "/usr/bin:/bin")
    (found.project / "policy").mkdir(parents=True)
    found.links.mkdir(parents=True)
    return found


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[Command]:
    """What is run to make an environment; it makes nothing."""
    asked: list[Command] = []
    monkeypatch.setattr(policy_pack, "run", lambda command, **_: asked.append(command))
    return asked


def write_for(places: Places, origin: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Set the pack up for an engine; give what its file says."""
    monkeypatch.setattr(engine, "find", lambda _: Tool("pulumi 3.272.0", origin, {}))
    policy_pack.write_pack(places)
    return (places.project / "policy" / "PulumiPolicy.yaml").read_text()


def test_the_environment_is_made_once_and_of_pinned_packages_alone(
    places: Places, commands: list[Command]
) -> None:
    made = policy_pack.get(places)

    assert policy_pack.find(places) == made
    assert "--no-deps" in commands[-1]
    assert commands[-1][-1] == policy_pack.REQUIREMENTS
    assert made.what == "pulumi-policy 1.21.0"


@pytest.mark.usefixtures("commands")
def test_an_engine_with_its_language_host_is_told_of_the_environment(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = policy_pack.get(places).cached

    told = write_for(places, "by the official installer", monkeypatch)

    assert "name: python" in told
    assert "virtualenv: .venv" in told
    assert (places.project / "policy" / ".venv").readlink() == environment
    assert not (places.links / SCRIPT).exists()


@pytest.mark.usefixtures("commands")
def test_an_engine_from_sources_starts_the_pack_by_a_script_until_it_is_another_one(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy_pack.get(places)

    assert "runtime: venv" in write_for(places, engine.FROM_SOURCE, monkeypatch)
    assert (places.links / SCRIPT).stat().st_mode & 0o111
    write_for(places, "on PATH", monkeypatch)
    assert not (places.links / SCRIPT).exists()


def test_without_an_environment_nothing_is_written(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "find", lambda _: Tool("pulumi 3.272.0", engine.FROM_SOURCE, {}))

    policy_pack.write_pack(places)

    assert list((places.project / "policy").iterdir()) == []
