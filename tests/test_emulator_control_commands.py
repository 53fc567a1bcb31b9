"""The emulator's own commands: start, stop, purge, and what goes wrong with them."""

import json
import os
import select
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from conftest_emulator import Emulator, command

from emulator import daemon
from emulator.environment import environment
from emulator.providers import plugins

pytestmark = pytest.mark.xdist_group("emulator")


def test_start_again_says_that_it_runs(emulator: Emulator) -> None:
    again = command("start", state=emulator.directory)

    assert again.returncode == 0
    assert "runs already" in again.stdout


def test_a_killed_emulator_leaves_no_children_and_starts_again(tmp_path: Path) -> None:
    directory = tmp_path / "cloud"
    assert command("start", state=directory).returncode == 0
    pid = daemon.running(directory)
    assert pid is not None
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split()

    handles = [os.pidfd_open(int(child)) for child in children]

    try:
        os.kill(pid, signal.SIGKILL)
        assert handles
        for handle in handles:
            wait_for_end(handle)
        port = environment(directory)["ARM_METADATA_HOSTNAME"]
        again = command("start", state=directory)

        assert again.returncode == 0, again.stderr
        assert environment(directory)["ARM_METADATA_HOSTNAME"] == port
    finally:
        assert command("purge", state=directory).returncode == 0
    assert not directory.exists()


def wait_for_end(handle: int) -> None:
    ended, _, _ = select.select([handle], [], [], 60)
    os.close(handle)
    assert ended, "a process outlived its emulator"


def test_a_taken_port_is_named_with_its_cure(tmp_path: Path) -> None:
    directory = tmp_path / "cloud"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        directory.mkdir()
        state = {"resources": [], "ports": {"front": port}, "settings": {}}
        (directory / "state.json").write_text(json.dumps(state))

        started = command("start", state=directory)

    assert started.returncode == 1
    assert f"Port {port} is taken" in started.stderr
    assert "python -m emulator purge" in started.stderr
    assert daemon.running(directory) is None


def test_missing_tools_are_named_with_their_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conftest_emulator.tool_path", lambda: str(tmp_path))

    started = command("start", state=tmp_path / "cloud")

    assert started.returncode == 1
    assert "crane is not on the PATH" in started.stderr
    assert "make setup" in started.stderr


def test_purge_never_deletes_what_is_not_a_cloud(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")

    purged = command("purge", state=tmp_path)

    assert purged.returncode == 1
    assert (tmp_path / "letter.txt").exists()


def test_a_plugin_without_an_emulator_says_so(tmp_path: Path) -> None:
    plugins.install(tmp_path, tmp_path / "control.sock")
    (program,) = tmp_path.glob("plugins/resource-random-v*/pulumi-resource-random")

    ran = subprocess.run([program], capture_output=True, text=True, check=False, timeout=60)

    assert ran.returncode == 1
    assert "The emulator of random does not run" in ran.stderr


def test_a_plugin_says_why_the_emulator_gives_it_no_session(
    emulator: Emulator, tmp_path: Path
) -> None:
    plugins.install(tmp_path, emulator.directory / "control.sock")
    (program,) = tmp_path.glob("plugins/resource-random-v*/pulumi-resource-random")
    program.write_text(program.read_text().replace("'random'", "'other'"))

    ran = subprocess.run([program], capture_output=True, text=True, check=False, timeout=60)

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "The emulator does not have the provider 'other'.\n"
