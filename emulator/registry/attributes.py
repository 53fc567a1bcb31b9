"""What may be done with a repository, tag or manifest: the locks of `az acr repository update`."""

import json
from pathlib import Path

from emulator.errors import AzureError
from emulator.private_files import write_private
from emulator.values import JsonObject, child, flag

NAMES = ("deleteEnabled", "writeEnabled", "readEnabled", "listEnabled")


class Attributes:
    """The changeable attributes of one registry, by "app", "app:tag" and "app@digest"."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._changed: dict[str, JsonObject] = (
            json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        )

    def of(self, subject: str) -> JsonObject:
        """Give the attributes of something; all are true until they are changed."""
        return dict.fromkeys(NAMES, True) | self._changed.get(subject, {})

    def change(self, subject: str, wanted: JsonObject) -> None:
        """Change the attributes that are named."""
        chosen = {name: flag(wanted, name) for name in NAMES if name in wanted}
        self._changed[subject] = child(self._changed, subject) | chosen
        self._save()

    def forget(self, subject: str) -> None:
        """Forget what is deleted, with all that lies in it."""
        inside = (f"{subject}:", f"{subject}@")
        gone = [key for key in self._changed if key == subject or key.startswith(inside)]
        for key in gone:
            del self._changed[key]
        if gone:
            self._save()

    def allows(self, attribute: str, *subjects: str) -> bool:
        """Tell whether all of some subjects have an attribute."""
        return all(flag(self._changed, one, attribute, default=True) for one in subjects)

    def require(self, attribute: str, *subjects: str) -> None:
        """Refuse what one of the subjects does not allow; without writes there are no deletes."""
        needed = {attribute, "writeEnabled"} if attribute == "deleteEnabled" else {attribute}
        if not all(self.allows(one, *subjects) for one in needed):
            raise AzureError(
                405,
                "REGISTRY_DISALLOWED_OPERATION",
                "The operation is disallowed on this registry, repository or image. View "
                "troubleshooting steps at https://aka.ms/acr/faq/#why-does-my-pull-or-push-"
                "request-fail-with-disallowed-operation",
            )

    def _save(self) -> None:
        write_private(self._file, json.dumps(self._changed).encode())


def image(repository: str, reference: str) -> str:
    """Name a tag or a manifest of a repository."""
    return f"{repository}{'@' if ':' in reference else ':'}{reference}"
