"""A fleet whose states are in a blob container of Azure, which goes away and comes back."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from conftest_emulator import Emulator
from fault_stage import Checkout

from benchmarks.processes import marked
from emulator.environment import proxy_variables
from emulator.host_names import storage_suffix
from fleet.records import Reason, Result, Row
from fleet.reports import read_last
from fleet.tasks import Verb

pytestmark = pytest.mark.engine
ACCOUNT, CONTAINER = "contosostate", "pulumi-state"
# Each connection to the container is broken off; the engine tries some times more.
GONE = {"target": f"/{CONTAINER}*", "count": 10_000, "status": 0}


@pytest.fixture
def key(emulator: Emulator) -> str:
    """The key of an account with an empty container."""
    group = f"/subscriptions/{emulator.subscription}/resourceGroups/rg-state"
    account = f"{group}/providers/Microsoft.Storage/storageAccounts/{ACCOUNT}"
    body = {"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}
    with emulator.client() as arm:
        arm.put(group, json={"location": "westeurope"}).raise_for_status()
        arm.put(account, json=body).raise_for_status()
        container = f"{account}/blobServices/default/containers/{CONTAINER}"
        arm.put(container, json={}).raise_for_status()
        answer = arm.post(f"{account}/listKeys").raise_for_status()
    return str(answer.json()["keys"][0]["value"])


@pytest.fixture
def checkout(emulator: Emulator, key: str, tmp_path: Path) -> Iterator[Checkout]:
    """Tenants whose states are where docs/tenants.md has them."""
    yield Checkout(
        tmp_path,
        PULUMI_BACKEND_URL=f"azblob://{CONTAINER}?storage_account={ACCOUNT}",
        AZURE_STORAGE_ACCOUNT=ACCOUNT,
        AZURE_STORAGE_KEY=key,
        AZURE_STORAGE_DOMAIN=f"blob.{storage_suffix('first')}",
        HTTPS_PROXY=proxy_variables(emulator.directory)["HTTPS_PROXY"],
        SSL_CERT_FILE=emulator.ca_file,
    )
    # The language host of an engine that has crashed would go on for minutes.
    for pid in marked(f"AZURE_STORAGE_KEY={key}"):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def rows_of(checkout: Checkout) -> Mapping[str, Row]:
    report = read_last(checkout.root, Verb.UP)
    assert report is not None
    return {row.name: row for row in report.rows}


def await_the_slow_one(checkout: Checkout, fleet: subprocess.Popen[str]) -> str:
    """Wait until a program is at work and the others have ended; give what is shown so far."""
    with (checkout.root / "begun").open() as begun:
        begun.read()
    shown = ""
    assert fleet.stdout is not None
    while "contoso-target" not in shown and (line := fleet.stdout.readline()):
        shown += line
    return shown


def rest_of(fleet: subprocess.Popen[str]) -> tuple[str, str]:
    """Give what is shown on both ways after the lines that were read.

    Not by communicate(), which leaves out what was read ahead of a line.
    """
    assert fleet.stdout is not None
    assert fleet.stderr is not None
    return fleet.stdout.read(), fleet.stderr.read()


def test_a_backend_that_goes_away_is_a_row_and_failed_goes_on_once_it_is_back(
    emulator: Emulator, checkout: Checkout, key: str
) -> None:
    texts = []
    with checkout.begin("up", "contoso", "slow", "--jobs", "2") as fleet:
        try:
            texts.append(await_the_slow_one(checkout, fleet))
            with emulator.settings(faults=[GONE]):
                # Its program goes on.
                os.close(os.open(checkout.root / "never", os.O_WRONLY))
                texts += rest_of(fleet)
                during = rows_of(checkout)
                again = checkout.begin("up", "--failed")
                texts += again.communicate(timeout=300)
                while_away = rows_of(checkout)
        finally:
            fleet.send_signal(signal.SIGINT)

    assert (fleet.returncode, again.returncode) == (1, 1)
    assert [texts[at].splitlines()[-1] for at in (2, 4)] == ["acr-transfer fleet up --failed"] * 2
    assert {name: row.result for name, row in during.items()} == {
        "contoso-source": Result.UNCHANGED,
        "contoso-target": Result.UNCHANGED,
        "slow-source": Result.FAILED,
        "slow-target": Result.NOT_REACHED,
    }
    for rows in (during, while_away):
        assert (rows["slow-source"].reason, rows["slow-target"].reason) == (
            Reason.BACKEND,
            Reason.WAITED_FOR,
        ), rows["slow-source"].cause
    assert "used the store of the stacks' states" in during["slow-source"].cause
    assert 'read ".pulumi/meta.yaml"' in while_away["slow-source"].cause

    for name in ("begun", "never"):
        (checkout.root / name).unlink()
        (checkout.root / name).touch()
    back = checkout.begin("up", "--failed", "--jobs", "2")
    texts += back.communicate(timeout=300)

    assert back.returncode == 0, texts[-2:]
    assert {name: row.result for name, row in rows_of(checkout).items()} == {
        "slow-source": Result.UNCHANGED,
        "slow-target": Result.UNCHANGED,
    }
    folder = checkout.root / ".acr-transfer"
    texts += [file.read_text() for file in folder.rglob("*") if file.is_file()]
    assert [text for text in texts if key in text or "Traceback" in text] == []
