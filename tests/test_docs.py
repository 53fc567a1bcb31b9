"""The pages say what the program does: keys, commands, links, tables of values."""

import dataclasses
import json
import re
import runpy
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import cast

import pulumi
import pytest
import typer
from mock_engine import Recording, record

from components.model.configuration import configuration_keys
from components.model.contract import TargetContract
from components.model.sas_terms import Grant, SasKind, SasWindow
from components.source_side import SourceSide, SourceSideArgs
from emulator.settings import Fault, Settings
from transfer.check.findings import Level
from transfer.cli import app
from transfer.verdicts import OUTCOMES, Verdict

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
TEXT = {page: page.read_text(encoding="utf-8") for page in PAGES}
EVERYTHING = "\n".join(TEXT.values())

_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
_MACHINE_PATH = re.compile(r"(?<![\w.*:/~-])/(?:home|root|Users|tmp|var|mnt|opt|srv)/\S+")
_HEADING = re.compile(r"^(?:#+ )?(?P<title>[A-Z][\w ]+?):?$", re.MULTILINE)
_RESOURCES = {
    "Storage account": "storage:StorageAccount",
    "Blob service": "storage:BlobServiceProperties",
    "Blob container": "storage:BlobContainer",
    "Key vault": "keyvault:Vault",
    "Secret": "keyvault:Secret",
    "Access policy": "keyvault:AccessPolicy",
}


@pytest.fixture(scope="module")
def recording() -> Recording:
    """The source side, as the engine is asked for it."""
    args = {
        "registry_name": "contososource",
        "registry_resource_group": "rg-contoso",
        "images": ["shop/web:1.4"],
        "as_of": "2027-01-01T12:00:00Z",
    }

    def program() -> pulumi.Output[Mapping[str, object]]:
        return SourceSide("source", cast("SourceSideArgs", args)).contract

    return record(program)


def by_page(page: Path) -> str:
    return str(page.relative_to(ROOT))


def command_options() -> Iterator[tuple[str, str]]:
    """Give each option of each command, those of groups of commands included."""
    group = typer.main.get_command(app)
    yield from _options_below(group, "acr-transfer")


def _options_below(group: object, name: str) -> Iterator[tuple[str, str]]:
    for member, command in getattr(group, "commands", {}).items():
        for parameter in command.params:
            long = [opt for opt in parameter.opts if opt.startswith("--")]
            yield from ((f"{name} {member}", opt) for opt in long if opt != "--help")
        yield from _options_below(command, f"{name} {member}")


@pytest.mark.parametrize("side", ["source", "target"])
def test_every_configuration_key_has_a_row(side: str) -> None:
    page = TEXT[DOCS / "configuration.md"]

    assert [key for key in configuration_keys(side) if f"\n| `{key}` |" not in page] == []


def test_the_tables_of_keys_are_those_of_the_models() -> None:
    generated = runpy.run_module("docs.generate")["page"]()

    assert generated == TEXT[DOCS / "configuration.md"], "run: python -m docs.generate"


def test_the_keys_of_the_project_file_are_those_of_the_models() -> None:
    generated = runpy.run_module("docs.generate")["project"]()

    assert generated == (ROOT / "Pulumi.yaml").read_text(), "run: python -m docs.generate"


def test_the_keys_of_the_list_of_images_are_those_of_its_rules() -> None:
    generated = runpy.run_module("docs.generate")["images_page"]()

    assert generated == (DOCS / "images.md").read_text(), "run: python -m docs.generate"


def test_the_table_of_policies_is_that_of_the_rules() -> None:
    generated = runpy.run_module("docs.generate")["policies_page"]()

    assert generated == TEXT[DOCS / "policies.md"], "run: python -m docs.generate"


def test_the_pictures_are_those_that_the_views_draw() -> None:
    drawn = runpy.run_module("docs.pictures")["pictures"]()

    kept = {file.name: file.read_text(encoding="utf-8") for file in (DOCS / "images").iterdir()}
    assert drawn == kept, "run: python -m docs.pictures, and look at them"
    assert [name for name, text in drawn.items() if re.search(r"url\((?!#)|@font-face", text)] == []
    assert [
        name for name in drawn if not re.search(rf"\]\((docs/)?images/{name}\)", EVERYTHING)
    ] == []


def test_the_schemas_of_reports_are_those_of_the_models() -> None:
    generated = runpy.run_module("docs.generate")["schemas"]()

    written = {name: (DOCS / "schemas" / name).read_text() for name in generated}
    assert generated == written, "run: python -m docs.generate"


def test_every_command_and_option_is_documented() -> None:
    found = list(command_options())

    assert {"acr-transfer lock", "acr-transfer fleet up", "acr-transfer tenant new"} <= {
        command for command, _ in found
    }
    lacking = [f"{c} {o}" for c, o in found if o not in EVERYTHING and o != "--clean"]
    assert lacking == []
    assert [c for c, _ in found if c not in EVERYTHING and c != "acr-transfer demo"] == []


@pytest.mark.parametrize("page", PAGES, ids=by_page)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = _LINK.findall(TEXT[page])

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=by_page)
def test_every_code_block_is_closed(page: Path) -> None:
    assert len(re.findall(r"^\s*```", TEXT[page], re.MULTILINE)) % 2 == 0


@pytest.mark.parametrize("page", PAGES, ids=by_page)
def test_no_page_names_a_path_of_a_machine(page: Path) -> None:
    assert _MACHINE_PATH.findall(TEXT[page]) == []
    assert str(ROOT) not in TEXT[page]


@pytest.mark.parametrize("page", [page for page in PAGES if DOCS in page.parents], ids=by_page)
def test_a_page_can_be_read_in_one_go(page: Path) -> None:
    assert len(TEXT[page].splitlines()) < 200


def test_the_emulators_settings_are_documented() -> None:
    page = TEXT[DOCS / "testing.md"]

    fields = [*dataclasses.fields(Settings), *dataclasses.fields(Fault)]
    assert [item.name for item in fields if f"`{item.name}`" not in page] == []


def test_every_field_of_the_contract_is_documented() -> None:
    page = TEXT[DOCS / "how-it-works.md"]

    assert [name for name in TargetContract.model_fields if f"`{name}`" not in page] == []


def test_the_table_of_verdicts_is_the_one_that_the_command_prints() -> None:
    table = TEXT[DOCS / "verify.md"].partition("## The verdicts")[2]

    rows = re.findall(r"^\| `([\w-]+)` \| (.*) \| (.*) \| ([01].*) \|$", table, re.MULTILINE)
    codes = {verdict: "0" if outcome.is_done else "1" for verdict, outcome in OUTCOMES.items()}
    codes[Verdict.DIFFERS] = "1, with a lock 3"
    assert rows == [
        (verdict, outcome.meaning, outcome.remedy or "nothing", codes[verdict])
        for verdict, outcome in OUTCOMES.items()
    ]


def test_every_level_of_a_finding_is_documented() -> None:
    page = TEXT[DOCS / "operations.md"]

    assert [level for level in Level if f"\n| `{level}` |" not in page] == []


@pytest.mark.parametrize("title", _RESOURCES)
def test_the_security_tables_hold_what_the_components_set(title: str, recording: Recording) -> None:
    inputs = recording.only(_RESOURCES[title]).inputs

    written = dict(settings_under(title))
    assert written, f"no table under {title}"
    assert {path: as_written(at(inputs, path)) for path in written} == written


def test_the_sas_letters_are_those_of_the_page() -> None:
    row = r"^\| `(container|account)`[^|]*\|([^|]*)\|([^|]*)\|"
    rows = re.findall(row, security(), re.MULTILINE)

    assert {kind for kind, _, _ in rows} == {"container", "account"}
    for kind, source, target in rows:
        for_source = Grant("source", cast("SasKind", kind))
        for_target = Grant("target", cast("SasKind", kind))
        assert source.split("`")[1] == for_source.permissions
        assert target.split("`")[1] == for_target.permissions
        if kind == "account":
            assert source.split("`")[3] == for_source.resource_types
            assert target.split("`")[3] == for_target.resource_types
    deleting = Grant("target", "container", deletes_blobs=True)
    assert f"the target's letters are `{deleting.permissions}`" in security()


def test_the_worked_example_of_sas_windows_is_right() -> None:
    rows = re.findall(
        r"^\| (\d{4}-\d\d-\d\d) \|[^|]*\| ([^|]*) \| ([^|]*) \| `(key\d)` \|$",
        TEXT[DOCS / "how-it-works.md"],
        re.MULTILINE,
    )

    assert len(rows) == 4
    for day, start, expiry, key in rows:
        window = SasWindow.at(datetime.fromisoformat(f"{day}T12:00:00+00:00"), 30, 7)
        assert (window.start, window.expiry, window.key) == (
            datetime.fromisoformat(f"{start}+00:00"),
            datetime.fromisoformat(f"{expiry}+00:00"),
            key,
        )


def security() -> str:
    return TEXT[DOCS / "security.md"]


def settings_under(title: str) -> Iterator[tuple[str, str]]:
    """Give paths and values of the first table below a title; sentences as values are left out."""
    found = next(match for match in _HEADING.finditer(security()) if match["title"] == title)
    table = security()[found.end() :].strip().split("\n\n")[0]
    for row in table.splitlines()[2:]:
        path, value = (cell.strip() for cell in row.split("|")[1:3])
        if value.startswith("`"):
            yield path.strip("`"), value.strip("`")


def at(inputs: object, path: str) -> object:
    value = inputs
    for part in path.split("."):
        assert isinstance(value, Mapping)
        assert part in value, f"{path} is not set"
        value = value[part]
    return value


def as_written(value: object) -> str:
    """Write a value as the pages do."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else json.dumps(value)
