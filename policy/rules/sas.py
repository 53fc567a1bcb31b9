"""Rules of the SAS that a vault holds for a pipeline; offline they are encrypted, and not read."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from .rule import Resource, Rule

_KIND = "keyvault:Secret"
# What the transfer service asks for on each side; `d` where blobs are deleted after their import.
_LETTERS = {"export": frozenset("racwl"), "import": frozenset("rdl")}


def _fields(secret: Resource) -> Mapping[str, str]:
    """Take a SAS apart; empty where the secret is another one."""
    value = secret.read("properties.value")
    fields = dict(parse_qsl(str(value).removeprefix("?")))
    return fields if "sig" in fields else {}


def _has_few_letters(secret: Resource) -> Iterator[str]:
    fields = _fields(secret)
    if not fields:
        return
    name = str(secret.read("secretName"))
    sides = [letters for side, letters in _LETTERS.items() if side in name]
    given = frozenset(fields.get("sp", ""))
    allowed = sides or list(_LETTERS.values())
    if "sp" in fields and not any(given <= letters for letters in allowed):
        most = " or ".join("".join(sorted(letters)) for letters in allowed)
        yield f"the SAS permits {fields['sp']!r}, of which {most} is needed"
    if fields.get("spr") != "https":
        yield f"the SAS is valid for {fields.get('spr', 'http and https')!r}"


def _is_short(secret: Resource) -> Iterator[str]:
    fields = _fields(secret)
    if "se" not in fields:
        # Its end stands in an access policy of the container.
        return
    if "st" not in fields:
        yield "the SAS has no start, so nothing tells how long it is valid"
        return
    length = _moment(fields["se"]) - _moment(fields["st"])
    most = timedelta(days=float(str(secret.settings["maxDays"])))
    if length > most:
        yield f"the SAS is valid for {length.days} days, of at most {most.days}"


def _is_of_one_container(secret: Resource) -> Iterator[str]:
    if "srt" in (fields := _fields(secret)):
        yield f"the SAS is of the whole account, with resource types {fields['srt']!r}"


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


RULES = (
    Rule(
        name="sas-letters",
        demand="A SAS has the letters that its pipeline needs, and is for https.",
        reason="With `w` on the target side somebody can replace what is to be imported; with "
        "`d` on the source side, delete what has not arrived.",
        fix="Have it signed again: sp=rawl to export, sp=rl to import, spr=https.",
        kinds=(_KIND,),
        ids=("CKV_AZURE_3",),
        check=_has_few_letters,
    ),
    Rule(
        name="sas-life",
        demand="A SAS is valid for a limited time, from a start that it names.",
        reason="Whoever has seen a SAS can use it until its end.",
        fix="Have it signed for fewer days: sas_days and sas_grace_days.",
        kinds=(_KIND,),
        ids=("CKV2_AZURE_41", "7aa1c9d5"),
        check=_is_short,
        settings={"maxDays": 97},
    ),
    Rule(
        name="sas-of-one-container",
        demand="A SAS opens one container.",
        reason="A SAS of an account lists and makes containers, those of others too.",
        fix="Set sas_kind to container.",
        level="advisory",
        kinds=(_KIND,),
        check=_is_of_one_container,
    ),
)
