"""The hand-over file: a source's contract for a target that cannot read the source's stack.

Beside the contract stand the digests that the artifacts have in the source registry, and what is
missing there or refers to them, so that what arrives can be verified without reaching that registry
either. A hash tells a file that was changed
or damaged on its way; it is no signature, and nothing in the file is secret.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pydantic

from .contract import OUTPUT_NAME, SourceContract
from .errors import ContractError, HandOverError

VERSION = 1

_DIGEST = re.compile(r"sha256:[a-f0-9]{64}")
_LISTS = pydantic.TypeAdapter(dict[str, tuple[str, ...]])
_ANOTHER = (
    "Write it on the source's side: acr-transfer hand-over FILE. Then bring it here, or name "
    "another file."
)


@dataclass(frozen=True)
class HandOver:
    """What a hand-over file tells."""

    contract: SourceContract
    digests: Mapping[str, str]
    """For each artifact of the contract's runs its digest in the source registry."""
    lacking: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Digests of the parts that the source registry itself lacks, of each artifact that has any."""
    referrers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Digests or tags of what refers to an artifact there, of each artifact that has any."""


def write_hand_over(file: Path, hand_over: HandOver) -> None:
    """Write a hand-over file; the same content gives the same bytes.

    Raises:
        OSError: the file cannot be written; an earlier one is then left as it was.
    """
    content: dict[str, object] = {
        "version": VERSION,
        "contract": hand_over.contract.model_dump(mode="json"),
        "digests": dict(hand_over.digests),
        "lacking": dict(hand_over.lacking),
        "referrers": dict(hand_over.referrers),
    }
    content["sha256"] = content_hash(content)
    text = json.dumps(content, indent=2, sort_keys=True) + "\n"
    unfinished = file.with_name(f"{file.name}.new")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def read_hand_over(file: Path) -> HandOver:
    """Read and check a hand-over file.

    Raises:
        HandOverError: it cannot be read, was changed, or is not for this version of the program.
    """
    content = _read_object(file)
    if not {"version", "sha256"} <= set(content):
        raise HandOverError(file, "it is no hand-over file", _ANOTHER)
    if content["version"] != VERSION:
        reason = f"it has version {content['version']!r}, this program reads version {VERSION}"
        raise HandOverError(file, reason, "Write it with the same version of the program.")
    if content.pop("sha256") != content_hash(content):
        reason = "it was changed after it was written: its content has another sha256 than it says"
        raise HandOverError(file, reason, "Bring the file once more, as it was written.")
    contract = _contract(file, content)
    digests = content.get("digests")
    known = {
        artifact: digest
        for artifact, digest in (digests if isinstance(digests, dict) else {}).items()
        if isinstance(digest, str) and _DIGEST.fullmatch(digest)
    }
    artifacts = [artifact for run in contract.runs for artifact in run.artifacts]
    lacking = [artifact for artifact in artifacts if artifact not in known]
    if lacking:
        raise HandOverError(file, f"it lacks the digest of: {', '.join(lacking)}", _ANOTHER)
    return HandOver(
        contract, known, _lists(file, content, "lacking"), _lists(file, content, "referrers")
    )


def content_hash(content: Mapping[str, object]) -> str:
    """Hash the content in its one canonical form, so that layout does not matter."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _lists(file: Path, content: Mapping[str, object], key: str) -> dict[str, tuple[str, ...]]:
    """Read lists of texts by artifact; a file of before they were written has none."""
    try:
        return _LISTS.validate_python(content.get(key, {}))
    except pydantic.ValidationError as error:
        raise HandOverError(file, f"its {key!r} are no lists by artifact", _ANOTHER) from error


def _read_object(file: Path) -> dict[str, object]:
    try:
        content = json.loads(file.read_bytes())
    except OSError as error:
        raise HandOverError(file, f"it cannot be read ({error.strerror})", _ANOTHER) from error
    except ValueError as error:
        raise HandOverError(file, "it is not JSON", _ANOTHER) from error
    if not isinstance(content, dict):
        raise HandOverError(file, "it is no hand-over file", _ANOTHER)
    return content


def _contract(file: Path, content: Mapping[str, object]) -> SourceContract:
    try:
        return SourceContract.from_outputs(str(file), {OUTPUT_NAME: content.get("contract")})
    except ContractError as error:
        fix = "Write it anew, from a source stack that is up with the same version of the program."
        raise HandOverError(file, error.reason, fix) from error
