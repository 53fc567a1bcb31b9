"""A fleet on the real engine with a program of a few lines: faults, two at once, and Ctrl-C."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from conftest_emulator import ROOT, tool_path

from components.model.names import SIDES
from fleet.records import Reason, Result
from fleet.reports import read_last
from fleet.tasks import Verb
from fleet.tenants.folder import Tenant
from fleet.tenants.new import SideGiven, make_tenant

pytestmark = pytest.mark.engine
# A value that is encrypted with the passphrase of the tests, and the salt of another passphrase.
SALT = "v1:Zp8y87Zvczw=:v1:a0huRJ6bOkyYMwhv:j9U3W2hIT63PURtGs557SiJCNGE7tA=="
SECURE = "v1:DsNtCRVENBCxoxd3:yAX4fG7jRIhzkKFK6y2QFrfNHe2cZpB/7O2z2ura4wIq"
SECRET = "planted-secret-77"
OTHER_SALT = "v1:dOsAr1b3nlI=:v1:1U8686dceQpizgvq:JT88A3KIGUfZRk7hRfQScAWayRVEjA=="
PROGRAM = """\
import os
import pulumi

stack, planted = pulumi.get_stack(), pulumi.Config("acr-transfer").get("planted")
if stack == "crash-source":
    raise ValueError(f"nothing is known of {planted}")
if stack == "slow-source":
    with open("begun", "w") as begun:
        begun.write("begun")
    with open("never") as never:
        never.read()
pulumi.export("plain", f"https://account/container?sig={planted}")
pulumi.export("secret", pulumi.Output.secret(planted))
"""


class Checkout:
    """A checkout of five tenants, of which one is as it should be."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "__main__.py").write_text(PROGRAM)
        (root / ".venv").symlink_to(ROOT / ".venv")
        (root / "backend").mkdir()
        for name in ("begun", "never"):
            os.mkfifo(root / name)
        for name in ("contoso", "crash", "lost", "slow", "strange"):
            make_tenant(Tenant(root, name), {side: SideGiven("rg/registry1") for side in SIDES})
        for name in ("contoso", "crash"):
            self._add(name, encryptionsalt=SALT)
        self._add("strange", encryptionsalt=OTHER_SALT)
        self._file("lost").unlink()

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Begin a command over the fleet."""
        return subprocess.Popen(
            [sys.executable, "-m", "transfer", "fleet", *words],
            cwd=self.root,
            env={
                **os.environ,
                "PATH": tool_path(),
                "VIRTUAL_ENV": str(ROOT / ".venv"),
                "PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'quick_start'}",
                "PULUMI_BACKEND_URL": f"file://{self.root / 'backend'}",
                "PULUMI_CONFIG_PASSPHRASE": "test",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _file(self, name: str) -> Path:
        return Tenant(self.root, name).stack_file("source")

    def _add(self, name: str, **values: object) -> None:
        content = yaml.safe_load(self._file(name).read_text()) | values
        if values["encryptionsalt"] == SALT:
            content["config"]["acr-transfer:planted"] = {"secure": SECURE}
        self._file(name).write_text(yaml.safe_dump(content))


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
