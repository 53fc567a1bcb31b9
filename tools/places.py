"""Where things are: the project, its environment and links, and the shared cache."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """The folders of one checkout, and the machine's own PATH."""

    project: Path
    cache: Path
    path: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Places":
        """Read the places from the environment."""
        project = Path(__file__).resolve().parent.parent
        home = Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        cache = Path(environ.get("ACR_TRANSFER_CACHE") or home / "acr-transfer").absolute()
        return cls(project, cache, environ.get("PATH", os.defpath))

    @property
    def venv(self) -> Path:
        """The project's Python environment."""
        return self.project / ".venv"

    @property
    def links(self) -> Path:
        """The folder of links that goes on PATH."""
        return self.project / ".tools" / "bin"

    @property
    def machine_path(self) -> str:
        """PATH without the folders that set-ups make: what the machine itself brings."""
        parts = self.path.split(os.pathsep)
        return os.pathsep.join(part for part in parts if not self._is_made_by_us(Path(part)))

    def on_machine(self, program: str) -> Path | None:
        """Return the machine's own program of this name."""
        found = shutil.which(program, path=self.machine_path)
        return Path(found) if found else None

    def _is_made_by_us(self, folder: Path) -> bool:
        # The links of another checkout count too: it may be removed at any time.
        is_links = folder.parts[-2:] == self.links.parts[-2:]
        return is_links or folder.resolve() == (self.venv / "bin").resolve()
