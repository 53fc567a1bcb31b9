"""A transfer begins only when the settings of both stacks are good."""

from collections.abc import Collection
from pathlib import Path

import pytest
from pydantic import SecretStr

from components.model.configuration import SAS_KEY
from components.model.errors import SettingsError
from components.model.names import Side
from components.model.sas_source import BroughtSas
from components.model.settings import TargetSettings
from transfer.preflight import Configured, require_good_settings, require_reachable_source
from transfer.stacks import MadeResource

SOURCE = {
    "acr-transfer:side": "source",
    "acr-transfer:registry": "rg-contoso/contososource",
    "acr-transfer:images": '["shop/web:1"]',
}
TARGET = {
    "acr-transfer:side": "target",
    "acr-transfer:registry": "rg-contoso/contosotarget",
    "acr-transfer:source_stack": "o/p/here",
}


class ConfiguredStack:
    """A stack that has a configuration, and is not brought up."""

    def __init__(self, name: str, config: dict[str, str], secrets: Collection[str] = ()) -> None:
        self.name = name
        self._config = config
        self._secrets = frozenset(secrets)

    def provider_config(self, names: Collection[str]) -> dict[str, SecretStr]:
        keys = {name: f"azure-native:{name}" for name in names}
        return {
            name: SecretStr(self._config[key]) for name, key in keys.items() if key in self._config
        }

    def config(self) -> dict[str, str]:
        return self._config

    def exists(self) -> bool:
        return True

    def secret_keys(self) -> frozenset[str]:
        return self._secrets

    def resources(self) -> list[MadeResource]:
        return []

    def outputs(self) -> dict[str, object]:
        raise AssertionError(f"the outputs of {self.name} are read")

    def up(self, exclude: object = ()) -> None:
        raise AssertionError(f"{self.name} is up with {exclude}")


def check(source: dict[str, str], target: dict[str, str]) -> dict[Side, Configured]:
    return require_good_settings(
        {"source": ConfiguredStack("o/p/here", source), "target": ConfiguredStack("there", target)},
        Path(),
        {},
    )


def test_good_settings_pass() -> None:
    check(SOURCE, TARGET)


def test_the_problems_of_both_stacks_are_named_together_with_their_files() -> None:
    bad = "rg-contoso/my-reg"

    with pytest.raises(SettingsError) as caught:
        check(SOURCE | {"acr-transfer:registry": bad}, TARGET | {"acr-transfer:registry": bad})

    assert "Pulumi.here.yaml" in str(caught.value)
    assert "Pulumi.there.yaml" in str(caught.value)


def test_a_wrong_sign_in_is_named_with_all_other_problems() -> None:
    bad = {"acr-transfer:registry": "rg-contoso/my-reg", "azure-native:environment": "german"}

    with pytest.raises(SettingsError) as caught:
        check(SOURCE, TARGET | bad)

    assert len(caught.value.problems) == 2
    assert "the target side, stack 'there', is one of public" in str(caught.value)


def test_stacks_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        check(TARGET, SOURCE)

    assert [str(problem) for problem in caught.value.problems] == [
        "--source 'o/p/here' is not valid: the stack is a target side. Name a source stack.",
        "--target 'there' is not valid: the stack is a source side. Name a target stack.",
    ]


def test_a_target_that_reads_a_file_is_not_brought_up_after_its_source() -> None:
    file = {"acr-transfer:source_file": "handover.json", "acr-transfer:source_stack": "source"}
    good = check(SOURCE, TARGET | file)

    with pytest.raises(
        SettingsError, match=r"source_file 'handover.json' is not valid: run brings"
    ):
        require_reachable_source("there", good["target"])


def test_a_target_that_reads_a_stack_may_be_brought_up_after_its_source() -> None:
    require_reachable_source("there", check(SOURCE, TARGET)["target"])


def test_another_source_than_the_target_will_read_is_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        check(SOURCE, {**TARGET, "acr-transfer:source_stack": "o/other/here"})

    problem = caught.value.problems[0]
    assert (problem.where, problem.value) == ("--source", "o/p/here")
    assert "the target reads its images from 'o/other/here'" in problem.rule
    assert problem.fix == "Write --source o/other/here."


def test_an_empty_value_is_not_set_for_a_run_either() -> None:
    empty = TARGET | {"acr-transfer:blobs": "", "acr-transfer:import_by": "runs"}

    found = require_good_settings({"target": ConfiguredStack("there", empty)}, Path(), {})

    settings = found["target"].settings
    assert isinstance(settings, TargetSettings)
    assert (settings.blobs, settings.import_by) == ("copied", "runs")


def test_a_sas_that_no_command_reads_is_known_to_be_brought() -> None:
    stack = ConfiguredStack("there", TARGET | {"acr-transfer:blobs": "shared"}, [SAS_KEY])

    found = require_good_settings({"target": stack}, Path(), {})

    assert found["target"].settings.sas == BroughtSas(None)


def test_a_sas_that_no_command_reads_is_refused_where_its_side_has_no_use_for_it() -> None:
    with pytest.raises(SettingsError, match="a SAS is of an account that is there already"):
        require_good_settings({"target": ConfiguredStack("there", TARGET, [SAS_KEY])}, Path(), {})
