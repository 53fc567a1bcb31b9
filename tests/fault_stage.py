"""A checkout with a program of a few lines, and tenants each of which has another fault."""

import os
import subprocess
import sys
from pathlib import Path

import yaml
from conftest_emulator import ROOT, tool_path

from components.model.names import SIDES
from fleet.tenants.folder import Tenant
from fleet.tenants.new import SideGiven, make_tenant

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

    def __init__(self, root: Path, **variables: str) -> None:
        self.root = root
        self._variables = variables
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
                **self._variables,
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
