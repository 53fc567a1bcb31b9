"""A fleet on the real engine with a program of a few lines: faults, two at once, and Ctrl-C."""

import os
import select
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_stage import SECRET, Checkout

from fleet.records import Reason, Result
from fleet.reports import read_last
from fleet.tasks import Verb

pytestmark = pytest.mark.engine


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.fixture
def first(checkout: Checkout) -> Iterator[subprocess.Popen[str]]:
    """A fleet whose only program is at work."""
    with checkout.begin("up", "slow") as fleet:
        try:
            begun = os.open(checkout.root / "begun", os.O_RDONLY | os.O_NONBLOCK)
            assert select.select([begun], [], [], 120)[0]
            os.close(begun)
            yield fleet
        finally:
            # A fleet that is killed leaves its engine at work.
            fleet.send_signal(signal.SIGINT)


def test_each_fault_is_a_row_two_fleets_tell_their_locks_and_ctrl_c_leaves_none(
    checkout: Checkout, first: subprocess.Popen[str]
) -> None:
    out, err = checkout.begin("up", "--all", "--markdown", "--jobs", "2").communicate()
    report = read_last(checkout.root, Verb.UP)

    assert report is not None
    rows = {row.name: row for row in report.rows}
    failed = {row.name: row.reason for row in report.bad if row.result is Result.FAILED}
    assert failed == {
        "crash-source": Reason.PROGRAM,
        "lost-source": Reason.SETTINGS,
        "slow-source": Reason.LOCKED,
        "strange-source": Reason.ENCRYPTION,
    }
    assert {row.name for row in report.rows if not row.is_bad} == {
        "contoso-source",
        "contoso-target",
    }
    causes = {name: rows[name].cause.partition("\n")[0] for name in failed}
    assert causes["crash-source"] == "ValueError: nothing is known of [secret]"
    assert causes["strange-source"].endswith("new stack: incorrect passphrase")
    assert causes["slow-source"].startswith("locked by ")
    assert causes["slow-source"].endswith("pulumi cancel -s slow-source -C tenants/slow")
    stacks = checkout.root / "backend" / ".pulumi" / "stacks" / "acr-transfer"
    assert not (stacks / "lost-source.json").exists()
    folder = checkout.root / ".acr-transfer"
    texts = [file.read_text() for file in folder.rglob("*") if file.is_file()] + [out, err]
    assert [text for text in texts if SECRET in text] == []

    first.send_signal(signal.SIGINT)
    shown, left = first.communicate(timeout=120)

    assert first.returncode == 130, shown
    assert "Stopping: " in shown
    assert left.splitlines()[-1] == "acr-transfer fleet up --failed"
    assert list(checkout.root.glob("backend/.pulumi/locks/**/*.json")) == []
