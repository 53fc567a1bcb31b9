"""A judge's script taken apart: comments are sections, paragraphs are commands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "scripts"
_CLIENT = r"((?:az|azcopy|crane|oras|regctl)(?: +[a-z][a-z-]*(?![\w.=:/]))+)"
_AT_START = re.compile(rf"^{_CLIENT}", re.MULTILINE)
_ANYWHERE = re.compile(rf"\b{_CLIENT}")


@dataclass(frozen=True)
class Command:
    """A paragraph of a script, and the comment that stands last before it."""

    section: str
    text: str

    @property
    def name(self) -> str:
        """Give the client with its verbs, as a table has room for it."""
        joined = self.text.replace("\\\n", " ")
        found = _AT_START.search(joined) or _ANYWHERE.search(joined)
        return " ".join(found[1].split()) if found else joined.split()[0]


def read(file: Path) -> list[Command]:
    """Give the commands of a script in their order."""
    return list(_commands(file.read_text(encoding="utf-8")))


def _commands(script: str) -> Iterator[Command]:
    section = ""
    for paragraph in script.split("\n\n"):
        lines = paragraph.strip("\n").splitlines()
        comments = [line for line in lines if line.startswith("#")]
        section = comments[0].lstrip("# ") if comments else section
        text = "\n".join(line for line in lines if not line.startswith("#"))
        if text:
            yield Command(section, text)
