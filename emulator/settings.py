"""What the emulated cloud does slowly or wrongly when asked to; all of it is off by default."""

import fnmatch
from dataclasses import asdict, dataclass, field, fields

from emulator.errors import EmulatorError
from emulator.values import JsonObject, number, objects, text


@dataclass
class Fault:
    """A refusal to be given a number of times to the calls that match."""

    target: (
        str  # a pattern of resource types or of ids: "Microsoft.KeyVault/vaults", "*/vaults/kv1"
    )
    # or "registry", "storage", or a pattern of the paths of requests to them
    verb: str = "*"  # PUT, GET, DELETE, or the name of an action
    count: int = 1
    status: int = 500  # 0 drops the connection to a registry or to storage
    code: str = "InternalServerError"
    message: str = "Encountered internal server error."

    def matches(self, verb: str, type_: str, resource_id: str) -> bool:
        """Tell whether this fault is meant for the call, as long as some are left."""
        pattern = self.target.lower()
        return (
            self.count > 0
            and fnmatch.fnmatchcase(verb.lower(), self.verb.lower())
            and any(fnmatch.fnmatchcase(name.lower(), pattern) for name in (type_, resource_id))
        )


@dataclass
class Settings:
    """The settings of one emulated cloud."""

    latencies: dict[str, float] = field(default_factory=dict)  # seconds, by type or "verb type"
    faults: list[Fault] = field(default_factory=list)
    identity_replication_seconds: float = 0
    grant_seconds: float = 0  # until a policy or role of a pipeline's identity is in effect
    trigger_delay: float = 0  # seconds between a blob's landing and the source trigger's run
    run_seconds: float = 0  # the least duration of a pipeline run
    states_seconds: float = 0  # how long a state on the way to another lasts
    registry_limits: dict[str, float] = field(default_factory=dict)  # by class of request
    registry_seconds: float = 0  # that each request to a registry takes longer
    limit_seconds: float = 60  # the minute in which a registry's requests are counted
    pause_factor: float = 0  # of the provider's pauses before it tries again: 1 is as in Azure

    def latency(self, verb: str, type_: str) -> float:
        """Give how long a call shall take; a latency by type alone is one of PUTs."""
        exact = next(
            (s for key, s in self.latencies.items() if key.lower() == f"{verb} {type_}".lower()),
            None,
        )
        if exact is not None or verb != "PUT":
            return exact or 0
        return next((s for key, s in self.latencies.items() if key.lower() == type_.lower()), 0)

    def take_fault(self, verb: str, type_: str, resource_id: str) -> Fault | None:
        """Give the first fault that matches the call and use it up once."""
        for fault in self.faults:
            if fault.matches(verb, type_, resource_id):
                fault.count -= 1
                return fault
        return None

    def to_json(self) -> JsonObject:
        """Give the settings as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: JsonObject) -> "Settings":
        """Read settings; an unknown name is an error that lists the known ones."""
        _known(cls, document, "setting")
        for fault in objects(document, "faults"):
            _known(Fault, fault, "fault field")
        return cls(
            latencies=_numbers(document, "latencies", "seconds by type"),
            faults=[_fault(fault) for fault in objects(document, "faults")],
            identity_replication_seconds=number(document, "identity_replication_seconds"),
            grant_seconds=number(document, "grant_seconds"),
            trigger_delay=number(document, "trigger_delay"),
            run_seconds=number(document, "run_seconds"),
            states_seconds=number(document, "states_seconds"),
            registry_limits=_numbers(document, "registry_limits", "requests in a minute by class"),
            registry_seconds=number(document, "registry_seconds"),
            limit_seconds=number(document, "limit_seconds", default=cls.limit_seconds),
            pause_factor=number(document, "pause_factor"),
        )


def _known(cls: type[Settings] | type[Fault], document: JsonObject, noun: str) -> None:
    names = [item.name for item in fields(cls)]
    for key in document:
        if key not in names:
            raise EmulatorError(f"{noun} '{key}' is not known; the names are {', '.join(names)}.")


def _numbers(document: JsonObject, name: str, what: str) -> dict[str, float]:
    given = document.get(name, {})
    if not isinstance(given, dict):
        raise EmulatorError(f"{name} {given!r}: an object of {what} is needed.")
    return {str(key): float(value) for key, value in given.items()}


def _fault(document: JsonObject) -> Fault:
    target = text(document, "target")
    if not target:
        raise EmulatorError("A fault needs 'target': a pattern of resource types or ids.")
    return Fault(
        target=target,
        verb=text(document, "verb", default=Fault.verb),
        count=int(number(document, "count", default=Fault.count)),
        status=int(number(document, "status", default=Fault.status)),
        code=text(document, "code", default=Fault.code),
        message=text(document, "message", default=Fault.message),
    )
