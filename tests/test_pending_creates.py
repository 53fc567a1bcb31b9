"""What Azure made for an up that was cut off is taken over by the stack, and nothing else."""

import json
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from fake_engine import FakeEngine, error
from transfer_support import plain_console
from typing_extensions import override

from fleet.command import Fleet
from fleet.records import Result
from fleet.selection import Wanted
from fleet.tasks import Verb
from transfer.clock import Clock
from transfer.engine import Engine, EngineError, OnLine
from transfer.errors import CommandFailedError
from transfer.pending_creates import PendingCreates
from transfer.stacks import PulumiStack
from transfer.wiring import Machine

PARENT = "urn:pulumi:contoso-source::acr-transfer::acrtransfer:index:SourceSide$"
GROUP = "/subscriptions/0000/resourceGroups/rg"
RUN_URN = f"{PARENT}azure-native:containerregistry:PipelineRun::source-run-1"
RUN_ID = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/hub/pipelineRuns/export1"
RUN = {
    "urn": RUN_URN,
    "inputs": {"resourceGroupName": "rg", "registryName": "hub", "pipelineRunName": "export1"},
}
CONTAINER_URN = f"{PARENT}azure-native:storage:BlobContainer::source-container"
CONTAINER_ID = (
    f"{GROUP}/providers/Microsoft.Storage/storageAccounts/acc/blobServices/default/containers/t"
)
CONTAINER = {
    "urn": CONTAINER_URN,
    "inputs": {"resourceGroupName": "rg", "accountName": "acc", "containerName": "t"},
}
GROUP_OF_ALL = {"urn": "urn:pulumi:contoso-source::acr-transfer::x:y:Group::group", "id": GROUP}


def there(resource_id: str) -> str:
    return f"cannot create already existing resource '{resource_id}'"


RUN_SAID = f"""\
Diagnostics:
  azure-native:containerregistry:PipelineRun (source-run-1):
    error: {there(RUN_ID)}

  pulumi:pulumi:Stack (acr-transfer-contoso-source):
    error: update failed
"""
CONTAINER_SAID = f"azure-native:storage:BlobContainer (source-container):\n{there(CONTAINER_ID)}\n"


def creating(*resources: dict[str, Any], kind: str = "creating") -> dict[str, Any]:
    """Give the state of a stack that was cut off."""
    pending = [{"resource": resource, "type": kind} for resource in resources]
    return {"resources": [GROUP_OF_ALL], "pending_operations": pending}


class StateEngine(Engine):
    """An engine that exports and imports a state, and forgets then what is pending."""

    def __init__(self, state: dict[str, Any], ups: Sequence[str] = ()) -> None:
        super().__init__("pulumi")
        self.state = state
        self.imports = 0
        self._ups = list(ups)

    @override
    def run(
        self,
        arguments: Sequence[str],
        directory: Path,
        on_output: OnLine | None = None,
        on_stop: Callable[[], None] = lambda: None,
    ) -> str:
        match arguments[:2]:
            case ["stack", "export"]:
                return json.dumps({"deployment": self.state})
            case ["stack", "import"]:
                file = Path(arguments[arguments.index("--file") + 1])
                self.state = json.loads(file.read_text())["deployment"]
                self.state["pending_operations"] = []
                self.imports += 1
            case ["up", *_] if self._ups:
                raise EngineError(self._ups.pop(0).splitlines(), [])
        return ""


def pending(engine: Engine) -> PendingCreates:
    return PendingCreates(engine, "contoso-source", Path())


def test_what_is_taken_over_has_the_inputs_of_the_program_and_is_looked_at_by_the_next_up() -> None:
    engine = StateEngine(creating(RUN, CONTAINER))

    taken = pending(engine).take_over(RUN_SAID)

    assert taken == ["source-run-1"]
    made = {**RUN, "id": RUN_ID, "outputs": {}, "refreshBeforeUpdate": True}
    assert engine.state["resources"] == [GROUP_OF_ALL, made]


def test_what_the_engine_comes_upon_later_is_taken_over_although_an_import_forgets_it() -> None:
    creates = pending(StateEngine(creating(RUN, CONTAINER)))

    assert creates.take_over(RUN_SAID) == ["source-run-1"]
    assert creates.take_over(CONTAINER_SAID) == ["source-container"]
    assert creates.take_over(CONTAINER_SAID) == []


@pytest.mark.parametrize(
    ("state", "said"),
    [
        pytest.param(creating(), RUN_SAID, id="not pending"),
        pytest.param(creating(CONTAINER), RUN_SAID, id="another is pending"),
        pytest.param(creating(RUN, kind="updating"), RUN_SAID, id="not being created"),
        pytest.param(
            creating(RUN) | {"resources": [RUN]}, RUN_SAID, id="the stack has one that it replaces"
        ),
        pytest.param(creating(RUN), RUN_SAID.replace("export1", "export2"), id="another name"),
        pytest.param(creating(RUN), RUN_SAID.replace("hub", "other"), id="in another registry"),
        pytest.param(creating(RUN), RUN_SAID.replace("/rg/", "/rg2/"), id="in another group"),
        pytest.param(creating(RUN), RUN_SAID.replace("source-run-1", "x"), id="another resource"),
        pytest.param(creating(RUN), there(RUN_ID), id="of no resource"),
        pytest.param(creating(RUN), "update failed", id="another failure"),
    ],
)
def test_what_the_stack_was_not_about_to_create_is_not_taken_over(
    state: dict[str, Any], said: str
) -> None:
    engine = StateEngine(state)

    assert pending(engine).take_over(said) == []
    assert engine.imports == 0


def test_an_up_takes_over_says_so_and_goes_on() -> None:
    said = RUN_SAID.replace("Diagnostics:\n", f"Diagnostics:\n{CONTAINER_SAID}")
    engine = StateEngine(creating(RUN, CONTAINER), [said])
    console, shown = plain_console()

    PulumiStack("contoso-source", Path(), engine, console).up()

    assert "Taken over, as Azure has made it for an up that was cut off: " in shown.getvalue()
    known = {resource["urn"] for resource in engine.state["resources"]}
    assert {RUN_URN, CONTAINER_URN} <= known


def test_an_up_over_what_somebody_else_has_made_fails_once() -> None:
    engine = StateEngine(creating(), [RUN_SAID])

    with pytest.raises(CommandFailedError, match="already existing"):
        PulumiStack("contoso-source", Path(), engine, plain_console()[0]).up()


def test_a_row_of_a_fleet_that_was_killed_takes_over_says_so_and_ends_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    engine = FakeEngine(tmp_path, "contoso")
    scene = {"out": [error(there(RUN_ID), RUN_URN)], "code": 1, "state": creating(RUN)}
    engine.plays(contoso_source={**scene, "until": "import"})
    console, shown = plain_console()

    with httpx.Client() as http:
        machine = Machine(Engine(str(engine.program)), http, Clock(), {})
        wanted = Wanted(names=("contoso",))
        fleet = Fleet(engine.root, machine, console)
        report = fleet.do(Verb.UP, wanted, 1, is_fail_fast=False, is_all_anew=False)

    told = "Taken over, as Azure has made it for an up that was cut off: source-run-1"
    assert (report.rows[0].result, report.rows[0].cause) == (Result.UNCHANGED, told)
    assert told in " ".join(shown.getvalue().split())
    verbs = [call.split()[1] for call in engine.calls() if call.startswith("contoso-source")]
    assert shlex.join(verbs) == "up export import up"
