"""Every command that a page writes exists, with its options, targets and keys."""

from pathlib import Path

import pytest
from doc_commands import ROOT, commands_in, fault_of

# A decision is not edited when it is accepted, and may name what is gone.
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
COMMANDS = {page: list(commands_in(page.read_text(encoding="utf-8"))) for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_exists(page: Path) -> None:
    assert [fault for command in COMMANDS[page] if (fault := fault_of(command))] == []


def test_the_pages_have_commands_of_each_kind() -> None:
    written = {command for commands in COMMANDS.values() for command in commands}

    assert {
        "acr-transfer verify --source-file handover.json --wait 20",
        "acr-transfer hand-over FILE",
        "make setup",
        'make bench ARGS="components calls"',
        "pulumi config set acr-transfer:rerun 1 -s source",
        "pulumi config rm acr-transfer:create_registry -s source",
        "python3 -m tools env",
        "python -m emulator tenant second",
        "python -m docs.generate",
    } <= written


def test_commands_are_found_in_console_blocks_and_in_sentences() -> None:
    page = """Type `make test` first.

```console
A_TIME=2027-02-05 pulumi preview   # tells
eval "$(python3 -m tools env)" && make demo
```

```text
make nothing
```

| `acr-transfer run --timeout 5` | `acr-transfer:side` |
"""

    assert sorted(commands_in(page)) == [
        "acr-transfer run --timeout 5",
        "acr-transfer:side",
        'eval "$(python3 -m tools env)"',
        "make demo",
        "make test",
        "pulumi preview",
        "python3 -m tools env",
    ]


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ("acr-transfer move", "acr-transfer has no command move"),
        ("acr-transfer fleet halt --all", "acr-transfer fleet has no command halt"),
        ("acr-transfer fleet up --every", "acr-transfer fleet up has no option --every"),
        ("acr-transfer copy --folder disk", "acr-transfer copy has no option --folder"),
        ("make everything", "the Makefile has no target everything"),
        ("make test ARG=-x", "the Makefile has no variable ARG"),
        (
            "pulumi config set -s source acr-transfer:sas_hours 5",
            "there is no key acr-transfer:sas_hours",
        ),
        ("pulumi config rm acr-transfer:colour", "there is no key acr-transfer:colour"),
        ("acr-transfer:colour", "there is no key acr-transfer:colour"),
        ("python -m emulator restart", "python -m emulator has no command restart"),
        ("python3 -m tools update", "python -m tools has no command update"),
        ("python -m docs.make", "there is no module docs.make"),
    ],
)
def test_a_command_that_does_not_exist_is_told(command: str, fault: str) -> None:
    assert fault_of(command) == fault
