"""A preview is left out only while all that decides about it is as it was."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest

from components.model.names import SIDES, Side
from fleet.inputs import Inputs, read_inputs
from fleet.records import Reason, Result, Row
from fleet.skip import Skipping, remembered
from fleet.tasks import Task
from fleet.tenants.folder import Tenant
from fleet.tenants.new import SideGiven, make_tenant
from transfer.engine import Engine

MONDAY = "2026-01-05T00:00:00Z"
LOCK = (
    '# acr-transfer images.lock, version 1: written by "acr-transfer lock", not by hand\n'
    "# registry registry1\n"
    f"shop/web:1@sha256:{'a' * 64} 1 - - {'b' * 16} shop/web:1\n"
    "# end\n"
)


@dataclass
class Checkout:
    """A tenant of a checkout, and what an engine would tell of its stacks."""

    root: Path
    version: str = "v3.258.0"
    stacks: dict[str, dict[str, object]] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=lambda: {"ACR_TRANSFER_AS_OF": MONDAY})
    looked_at: list[str] = field(default_factory=list)
    result: Result = Result.UNCHANGED

    def __post_init__(self) -> None:
        packages = self.root / ".venv/lib/python3/site-packages"
        for folder in (packages / "pulumi-3.1.dist-info", self.root / ".venv/bin"):
            folder.mkdir(parents=True)
        for file in (".venv/bin/python", "__main__.py", "components/side.py", "tenants.yaml"):
            (self.root / file).parent.mkdir(exist_ok=True)
            (self.root / file).touch()
        make_tenant(self.tenant, {side: SideGiven("rg/registry1") for side in SIDES})
        self.file("images.lock").write_text(LOCK)
        for side in SIDES:
            self.stacks[f"contoso-{side}"] = {"lastUpdate": MONDAY, "resourceCount": 18}

    @property
    def tenant(self) -> Tenant:
        return Tenant(self.root, "contoso")

    def file(self, name: str) -> Path:
        return self.tenant.folder / name

    def add(self, name: str, text: str) -> None:
        with self.file(name).open("a") as file:
            file.write(text)

    def run(self, arguments: Sequence[str], _directory: Path) -> str:
        if arguments[0] == "version":
            return self.version
        return json.dumps([{"name": name, **told} for name, told in self.stacks.items()])

    def inputs(self) -> Inputs:
        return read_inputs(self.root, cast("Engine", self), self.environment)

    def preview(self, *sides: Side, is_all_anew: bool = False) -> dict[str, Result]:
        """Preview sides, and give the results by stack."""
        with remembered(self.root) as seen:
            skipping = Skipping(self._look, self.inputs(), seen, is_all_anew)
            rows = [skipping(Task(self.tenant, side)) for side in sides or SIDES]
        return {row.stack: row.result for row in rows}

    def _look(self, task: Task) -> Row:
        self.looked_at.append(task.stack)
        reason = Reason.ENGINE if self.result is Result.FAILED else None
        return Row(tenant="contoso", stack=task.stack, result=self.result, reason=reason)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout whose stacks have just been previewed, and had nothing to change."""
    made = Checkout(tmp_path)
    made.preview()
    assert made.looked_at == ["contoso-source", "contoso-target"]
    made.looked_at.clear()
    return made


def test_what_is_as_it_was_is_not_looked_at_and_said_so(checkout: Checkout) -> None:
    rows = checkout.preview()

    assert rows == {"contoso-source": Result.SKIPPED, "contoso-target": Result.SKIPPED}
    assert checkout.looked_at == []


def test_stacks_are_known_by_their_short_names_where_a_backend_has_organizations(
    checkout: Checkout,
) -> None:
    checkout.stacks = {f"acme/{name}": told for name, told in checkout.stacks.items()}

    assert set(checkout.preview().values()) == {Result.SKIPPED}


def write(path: str, text: str) -> Callable[[Checkout], None]:
    def change(checkout: Checkout) -> None:
        (checkout.root / path).write_text(text)

    return change


def add(name: str, text: str) -> Callable[[Checkout], None]:
    return lambda checkout: checkout.add(name, text)


def state(stack: str, **told: object) -> Callable[[Checkout], None]:
    return lambda checkout: checkout.stacks[stack].update(told)


def variable(name: str, value: str) -> Callable[[Checkout], None]:
    return lambda checkout: checkout.environment.update({name: value})


def package(checkout: Checkout) -> None:
    folder = checkout.root / ".venv/lib/python3/site-packages"
    (folder / "pulumi-3.1.dist-info").rename(folder / "pulumi-3.2.dist-info")


def engine(checkout: Checkout) -> None:
    checkout.version = "v3.259.0"


def program_of_its_own(checkout: Checkout) -> None:
    file = checkout.file("Pulumi.yaml")
    text = file.read_text().replace("main: ../..", "main: .")
    file.write_text(text.replace("value: tenants/contoso", "value: ."))


BOTH = ["contoso-source", "contoso-target"]
SOURCE, TARGET = BOTH[:1], BOTH[1:]


@pytest.mark.parametrize(
    ("change", "looked_at"),
    [
        pytest.param(write("__main__.py", "# x"), BOTH, id="entry"),
        pytest.param(write("components/side.py", "# x"), BOTH, id="program"),
        pytest.param(write("components/new.py", ""), BOTH, id="new module"),
        pytest.param(engine, BOTH, id="engine"),
        pytest.param(package, BOTH, id="package"),
        pytest.param(write("tenants.yaml", "both:\n"), BOTH, id="shared file"),
        pytest.param(add("Pulumi.yaml", "# x"), BOTH, id="project"),
        pytest.param(add("Pulumi.contoso-source.yaml", "# x"), SOURCE, id="source settings"),
        pytest.param(add("Pulumi.contoso-target.yaml", "# x"), TARGET, id="target settings"),
        pytest.param(add("images.yaml", "# x"), SOURCE, id="list"),
        pytest.param(
            write("tenants/contoso/images.lock", LOCK.replace("a" * 64, "c" * 64)),
            SOURCE,
            id="lock",
        ),
        pytest.param(lambda it: it.file("images.lock").unlink(), SOURCE, id="lock gone"),
        pytest.param(state("contoso-target", lastUpdate="2026-02-01"), TARGET, id="target state"),
        pytest.param(state("contoso-source", lastUpdate="2026-02-01"), BOTH, id="source state"),
        pytest.param(state("contoso-target", resourceCount=17), TARGET, id="resources"),
        pytest.param(state("contoso-target", updateInProgress=True), TARGET, id="update going on"),
        pytest.param(lambda it: it.stacks.pop("contoso-source"), BOTH, id="source gone"),
        pytest.param(
            variable("ACR_TRANSFER_AS_OF", "2026-03-09T00:00:00Z"), BOTH, id="window of the SAS"
        ),
        pytest.param(variable("ARM_SUBSCRIPTION_ID", "other"), BOTH, id="subscription"),
        pytest.param(variable("PULUMI_BACKEND_URL", "file:///b"), BOTH, id="backend"),
    ],
)
def test_a_change_of_what_decides_has_it_looked_at_again(
    checkout: Checkout, change: Callable[[Checkout], None], looked_at: list[str]
) -> None:
    change(checkout)

    checkout.preview()

    assert checkout.looked_at == looked_at


def test_a_day_within_the_window_of_the_sas_changes_nothing(checkout: Checkout) -> None:
    checkout.environment["ACR_TRANSFER_AS_OF"] = "2026-01-06T00:00:00Z"

    assert set(checkout.preview().values()) == {Result.SKIPPED}


def test_a_sas_that_is_brought_is_looked_at_each_day(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    group = f"/subscriptions/{UUID(int=1)}/resourceGroups/rg"
    storage = f"{group}/providers/Microsoft.Storage/storageAccounts/mine"
    checkout.add("Pulumi.contoso-source.yaml", "  acr-transfer:sas:\n    secure: v1:abc\n")
    checkout.add("Pulumi.contoso-source.yaml", f"  acr-transfer:storage: {storage}\n")
    checkout.preview("source")
    assert checkout.preview("source") == {"contoso-source": Result.SKIPPED}

    checkout.environment["ACR_TRANSFER_AS_OF"] = "2026-01-06T00:00:00Z"

    assert checkout.preview("source") == {"contoso-source": Result.UNCHANGED}


@pytest.mark.parametrize("result", [Result.DONE, Result.FAILED, Result.STOPPED])
def test_changes_and_failures_are_shown_again(checkout: Checkout, result: Result) -> None:
    checkout.result = result
    checkout.preview(is_all_anew=True)
    checkout.looked_at.clear()

    checkout.preview()

    assert checkout.looked_at == BOTH


def test_all_anew_looks_at_what_has_not_changed(checkout: Checkout) -> None:
    assert set(checkout.preview(is_all_anew=True).values()) == {Result.UNCHANGED}
    assert set(checkout.preview().values()) == {Result.SKIPPED}


def test_a_target_that_reads_a_hand_over_file_depends_on_it(checkout: Checkout) -> None:
    checkout.add("Pulumi.contoso-target.yaml", "  acr-transfer:source_file: handover.json\n")
    file = checkout.tenant.stack_file("target")
    file.write_text(file.read_text().replace("  acr-transfer:source_stack: contoso-source\n", ""))
    checkout.preview("target")
    del checkout.stacks["contoso-source"]
    assert checkout.preview("target") == {"contoso-target": Result.SKIPPED}

    checkout.file("handover.json").write_text("{}")

    assert checkout.preview("target") == {"contoso-target": Result.UNCHANGED}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(add("Pulumi.contoso-source.yaml", "  a: [\n"), id="settings that are no YAML"),
        pytest.param(
            add("Pulumi.contoso-source.yaml", "  acr-transfer:sas_days: 999\n"), id="wrong settings"
        ),
        pytest.param(write("tenants/contoso/Pulumi.yaml", "name: x\n"), id="another runtime"),
        pytest.param(program_of_its_own, id="program of its own"),
        pytest.param(lambda it: it.stacks.pop("contoso-source"), id="no stack"),
    ],
)
def test_what_cannot_be_told_is_looked_at_each_time(
    checkout: Checkout, change: Callable[[Checkout], None]
) -> None:
    change(checkout)

    for _ in range(2):
        checkout.preview("source")

    assert checkout.looked_at == SOURCE * 2


def test_a_memory_that_cannot_be_read_is_begun_anew(checkout: Checkout) -> None:
    (checkout.root / ".acr-transfer/fleet/previewed.json").write_text("{")

    assert set(checkout.preview().values()) == {Result.UNCHANGED}
    assert set(checkout.preview().values()) == {Result.SKIPPED}


def test_nothing_of_the_settings_is_in_the_memory(checkout: Checkout) -> None:
    text = (checkout.root / ".acr-transfer/fleet/previewed.json").read_text()

    assert set(json.loads(text)) == set(BOTH)
    assert "registry1" not in text
