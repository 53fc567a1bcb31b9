"""Ctrl-C of a rehearsal ends its stage."""

import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest_emulator import ROOT
from fake_engine import FakeEngine
from rehearsal_scene import write_pair


def ends_of(text: str) -> list[int]:
    """Give what can be read once a process has ended, of each whose command names something."""
    command = ["ps", "-Awwo", "pid=,args="]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [os.pidfd_open(int(line.split()[0])) for line in shown.splitlines() if text in line]


@pytest.fixture
def scratch() -> Iterator[Path]:
    """Where temporary files are made; its path is short, as those of sockets have to be."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)
        for cloud in Path(folder).glob("*/cloud"):
            # A rehearsal that fails this test has left it.
            command = [sys.executable, "-m", "emulator", "purge", "--state", str(cloud)]
            subprocess.run(command, cwd=ROOT, check=True)


def test_ctrl_c_ends_the_cloud_and_leaves_neither_folder_nor_process(
    tmp_path: Path, scratch: Path
) -> None:
    mine = tmp_path / "mine"
    write_pair(mine)
    engine = FakeEngine(mine)
    engine.plays(source={"patience": 1})
    told = engine.open_told()
    rehearsing = subprocess.Popen(
        [sys.executable, "-m", "transfer", "rehearse"],
        cwd=mine,
        env={**engine.environment(), "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert select.select([told], [], [], 60)[0], rehearsing.communicate()
        cloud = ends_of(str(scratch))
        assert cloud, "it runs"

        rehearsing.send_signal(signal.SIGINT)

        _, said = rehearsing.communicate(timeout=60)
    finally:
        engine.end()
        rehearsing.kill()
        rehearsing.wait()
        os.close(told)
    assert rehearsing.returncode == 130, said
    assert said.splitlines()[-1] == "acr-transfer rehearse"
    assert list(scratch.iterdir()) == []
    for end in cloud:
        assert select.select([end], [], [], 60)[0]
        os.close(end)
