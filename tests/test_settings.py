"""The configuration of a stack: what is read from it, and what is refused in which words."""

import json
from pathlib import Path

import pulumi
import pytest
import yaml
from arrangement_axes import OWN_SAS
from existing_ids import ACCOUNT, WORKSPACE

from components.model.configuration import configuration_keys, load_settings
from components.model.errors import SettingsError
from components.model.settings import SourceSettings, TargetSettings
from components.source_side import SourceSideArgs
from components.target_side import TargetSideArgs

BAD_CONFIGS = sorted((Path(__file__).parent / "bad_configs").glob("*.yaml"))


def as_engine_hands_over(text: str) -> dict[str, str]:
    values = yaml.safe_load(text)["config"]
    return {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()
    }


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "images.yaml").write_text("images: [shop/web:1.4, shop/api, shop/web:1.4]\n")
    (tmp_path / "broken.yaml").write_text("images: [unclosed\n")
    (tmp_path / "other.yaml").write_text("artifacts: [shop/web:1.4]\n")
    return tmp_path


@pytest.mark.parametrize("file", BAD_CONFIGS, ids=lambda file: file.stem)
def test_a_bad_configuration_is_refused_in_these_words(file: Path, directory: Path) -> None:
    text = file.read_text()
    expected = text.splitlines()[0].removeprefix("# ")

    with pytest.raises(SettingsError) as caught:
        load_settings(as_engine_hands_over(text), "dev", directory, {})

    assert expected in str(caught.value)


def test_all_problems_are_reported_together() -> None:
    configuration = {
        "acr-transfer:side": "source",
        "acr-transfer:registry": "my-registry",
        "acr-transfer:colour": "blue",
        "acr-transfer:images": '["Shop", "shop/web", "http://x"]',
        "acr-transfer:sas_days": "soon",
    }

    with pytest.raises(SettingsError) as caught:
        load_settings(configuration, "dev", Path(), {})

    assert {problem.where for problem in caught.value.problems} == {
        "acr-transfer:colour",
        "acr-transfer:registry",
        "acr-transfer:sas_days",
        "acr-transfer:images[0]",
        "acr-transfer:images[2]",
    }


def test_images_of_a_file_are_sorted_and_without_duplicates(directory: Path) -> None:
    configuration = {
        "acr-transfer:side": "source",
        "acr-transfer:registry": "rg/contoso1",
        "acr-transfer:images_file": "images.yaml",
    }

    settings = load_settings(configuration, "dev", directory, {})

    assert isinstance(settings, SourceSettings)
    assert settings.images == ("shop/api:latest", "shop/web:1.4")


def test_defaults_that_the_engine_adds_for_the_other_side_are_no_problem(project: Path) -> None:
    entries = yaml.safe_load((project / "Pulumi.yaml").read_text())["config"]
    added = {
        key: default if isinstance(default := entry["default"], str) else json.dumps(default)
        for key, entry in entries.items()
        if "default" in entry
    }
    source = {"acr-transfer:side": "source", "acr-transfer:images": '["shop/web:1.4"]'}
    target = {"acr-transfer:side": "target"}
    registry = {"acr-transfer:registry": "rg/contoso1"}

    assert isinstance(load_settings(added | source | registry, "a", Path(), {}), SourceSettings)
    assert isinstance(load_settings(added | target | registry, "b", Path(), {}), TargetSettings)


def test_pulumi_yaml_declares_every_key_with_the_default_of_the_model(project: Path) -> None:
    entries = yaml.safe_load((project / "Pulumi.yaml").read_text())["config"]
    declared = {key.partition(":")[2]: entry for key, entry in entries.items()}
    fields = SourceSettings.model_fields | TargetSettings.model_fields

    assert set(declared) == {*configuration_keys("source"), *configuration_keys("target")}
    for key, entry in declared.items():
        default = fields[key].get_default(call_default_factory=True)
        if "default" in entry:
            given = tuple(entry["default"]) if entry["type"] == "array" else entry["default"]
            assert (given or None) == (default or None), key
        else:
            assert fields[key].is_required(), key


# Where files are and what is shared, which the program alone asks.
TENANT = ("folder", "shared_file")


@pytest.mark.parametrize(
    ("side", "args", "kept", "added"),
    [
        (
            "source",
            SourceSideArgs,
            {*TENANT, "images_file", "images_lock", "batch_artifacts", "batch_gigabytes"},
            {"locked_images"},
        ),
        (
            "target",
            TargetSideArgs,
            {*TENANT, "source_stack", "source_file"},
            {"source", "source_stack"},
        ),
    ],
)
def test_each_key_reaches_the_component_or_is_kept_by_the_program(
    side: str, args: type, kept: set[str], added: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulumi.Output, "secret", str)
    configuration = {
        "acr-transfer:side": side,
        "acr-transfer:registry": "rg/contoso1",
        "acr-transfer:images": '["shop/web:1.4"]',
        "acr-transfer:location": "westeurope",
        "acr-transfer:resource_group": "rg-transfer",
        "acr-transfer:log_analytics_workspace": WORKSPACE,
        "acr-transfer:sas": OWN_SAS,
        "acr-transfer:storage": ACCOUNT,
    }
    if side == "target":
        del configuration["acr-transfer:images"]

    as_of = {"ACR_TRANSFER_AS_OF": "2026-11-24T12:00:00Z"}
    settings = load_settings(configuration, "dev", Path(), as_of, ("acr-transfer:sas",))

    given = set(settings.component_args())
    of_the_registry = {"registry_name", "registry_resource_group"}
    assert given - of_the_registry - {"as_of"} - added == {
        key for key in configuration_keys(side) if key not in {"side", "registry", *kept}
    }
    assert given | added == set(args.__annotations__)


def test_the_clock_of_the_sas_windows_can_be_moved_from_the_environment() -> None:
    configuration = {"acr-transfer:side": "target", "acr-transfer:registry": "rg/contoso1"}
    environment = {"ACR_TRANSFER_AS_OF": "2027-01-31T00:00:00Z"}

    settings = load_settings(configuration, "dev", Path(), environment)

    assert settings.as_of.isoformat() == "2027-01-31T00:00:00+00:00"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("images: [a]\nimages: [b]\n", "line 2 has the key 'images', as line 1 has"),
        ("images:\n- {a: 1, a: 2}\n", "line 2 has the key 'a', as line 2 has"),
        ("images:\n- a\n- @b\n", "line 3 is not YAML: while scanning for the next token"),
        ("images:\n- 2026-99-99\n", "line 2: month must be in 1..12"),
        ("images:\n- a\x07\n", "line 2 is not YAML: special characters are not allowed"),
        ("images: [a]\n---\n", "line 2 is not YAML: expected a single document"),
        ("images:\n- caf\xe9\n", "line 2 is not in UTF-8"),
    ],
    ids=["key-twice", "inner-key-twice", "syntax", "date", "control", "documents", "latin-1"],
)
def test_a_mistake_in_the_images_file_is_named_with_its_line(
    directory: Path, content: str, reason: str
) -> None:
    (directory / "bad.yaml").write_text(content, encoding="latin-1")
    configuration = {
        "acr-transfer:side": "source",
        "acr-transfer:registry": "rg/contoso1",
        "acr-transfer:images_file": "bad.yaml",
    }

    with pytest.raises(SettingsError) as caught:
        load_settings(configuration, "dev", directory, {})

    assert f"images_file 'bad.yaml' is not valid: {reason}" in str(caught.value)


def test_an_empty_clock_in_the_environment_is_not_set() -> None:
    configuration = {"acr-transfer:side": "target", "acr-transfer:registry": "rg/contoso1"}

    assert load_settings(configuration, "dev", Path(), {"ACR_TRANSFER_AS_OF": ""})


def test_an_images_file_may_hold_an_empty_list_only_by_mistake(directory: Path) -> None:
    (directory / "empty.yaml").write_text("images: []\n")
    configuration = {
        "acr-transfer:side": "source",
        "acr-transfer:registry": "rg/contoso1",
        "acr-transfer:images_file": "empty.yaml",
    }

    with pytest.raises(SettingsError, match=r"empty.yaml \[\] is not valid: a transfer has"):
        load_settings(configuration, "dev", directory, {})


def test_an_images_file_with_something_else_than_a_list_is_refused(directory: Path) -> None:
    (directory / "text.yaml").write_text("images: shop/web\n")
    configuration = {
        "acr-transfer:side": "source",
        "acr-transfer:registry": "rg/contoso1",
        "acr-transfer:images_file": "text.yaml",
    }

    with pytest.raises(SettingsError, match="the file holds one key, images, with a list"):
        load_settings(configuration, "dev", directory, {})


def test_a_source_without_any_list_is_told_where_to_write_one() -> None:
    configuration = {"acr-transfer:side": "source", "acr-transfer:registry": "rg/contoso1"}

    with pytest.raises(SettingsError, match=r"acr-transfer:images \[\] is not valid"):
        load_settings(configuration, "dev", Path(), {})


def test_a_clock_without_zone_is_refused() -> None:
    configuration = {"acr-transfer:side": "target", "acr-transfer:registry": "rg/contoso1"}

    with pytest.raises(SettingsError, match="ACR_TRANSFER_AS_OF '2027-01-31'"):
        load_settings(configuration, "dev", Path(), {"ACR_TRANSFER_AS_OF": "2027-01-31"})


def test_the_args_of_a_component_leave_out_what_is_not_set() -> None:
    settings = SourceSettings(side="source", registry="rg-contoso/contoso1", images=("a:1",))

    args = settings.component_args()

    assert (args["registry_resource_group"], args["registry_name"]) == ("rg-contoso", "contoso1")
    assert args["images"] == ("a:1",)
    assert not {"location", "resource_group", "side", "registry"} & set(args)


def test_the_args_of_a_component_hold_what_is_set() -> None:
    settings = TargetSettings(
        side="target", registry="rg/contoso1", location="westeurope", resource_group="rg-transfer"
    )

    args = settings.component_args()

    assert (args["location"], args["resource_group"]) == ("westeurope", "rg-transfer")
    assert args["import_by"] == "trigger"


def test_a_value_that_only_looks_like_a_list_is_kept_as_text() -> None:
    configuration = {
        "acr-transfer:side": "source",
        "acr-transfer:registry": "rg/contoso1",
        "acr-transfer:images": "[shop/web:1.4",
    }

    with pytest.raises(SettingsError, match=r"images '\[shop/web:1.4' is not valid: it is a list"):
        load_settings(configuration, "dev", Path(), {})


@pytest.mark.parametrize("stack", ["", "source"])
def test_a_hand_over_file_stands_beside_the_default_of_the_source_stack(stack: str) -> None:
    configuration = {
        "acr-transfer:side": "target",
        "acr-transfer:registry": "rg/contoso1",
        "acr-transfer:source_stack": stack,
        "acr-transfer:source_file": "handover.json",
    }

    settings = load_settings(configuration, "dev", Path(), {})

    assert isinstance(settings, TargetSettings)
    assert settings.source_file == "handover.json"


def test_a_hand_over_file_is_relative_to_the_folder_of_the_project_as_a_list_is() -> None:
    configuration = {
        "acr-transfer:side": "target",
        "acr-transfer:registry": "rg/contoso1",
        "acr-transfer:folder": "tenants/contoso",
        "acr-transfer:source_file": "handover.json",
    }

    settings = load_settings(configuration, "dev", Path(), {})

    assert isinstance(settings, TargetSettings)
    assert settings.source_file == "tenants/contoso/handover.json"
