"""Divides tenants among jobs of a pipeline, so that all of them take about as long."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from statistics import mean

from fleet.records import FleetReport, Result
from transfer.errors import WrongUseError

_LOOKED_AT = (Result.DONE, Result.UNCHANGED, Result.FAILED)


class Service(StrEnum):
    """What runs the jobs."""

    GITHUB = "github"
    GITLAB = "gitlab"
    AZURE = "azure"


# The most jobs of a matrix; Azure Pipelines names no number.
_MOST: Mapping[Service, int] = {Service.GITHUB: 256, Service.GITLAB: 200}


def seconds_of(reports: Iterable[FleetReport]) -> dict[str, float]:
    """Tell how long the work on each tenant took, by the last report that has done any."""
    seconds: dict[str, float] = {}
    for report in reports:
        rows = [row for row in report.rows if row.result in _LOOKED_AT]
        seconds |= {
            tenant: sum(row.seconds for row in rows if row.tenant == tenant)
            for tenant in {row.tenant for row in rows}
        }
    return seconds


def balanced(
    tenants: Iterable[str], seconds: Mapping[str, float], shards: int
) -> list[tuple[str, ...]]:
    """Divide tenants: the longest first, each to where there is least so far.

    A tenant that nothing is known of counts as the mean of the others. The same tenants and
    durations are always divided in the same way; there is no empty shard.
    """
    usual = mean(seconds.values()) if seconds else 1.0
    weights = {tenant: seconds.get(tenant, usual) for tenant in tenants}
    divided: list[list[str]] = [[] for _ in range(shards)]
    loads = [0.0] * shards
    for tenant in sorted(weights, key=lambda name: (-weights[name], name)):
        least = min(range(shards), key=lambda shard: (loads[shard], len(divided[shard]), shard))
        divided[least].append(tenant)
        loads[least] += weights[tenant]
    return [tuple(sorted(names)) for names in divided if names]


def matrix(service: Service, shards: Sequence[Sequence[str]]) -> dict[str, object]:
    """Give what a service reads as the matrix of its jobs, each with its tenants as one text.

    Raises:
        WrongUseError: the service runs fewer jobs than there are shards.
    """
    most = _MOST.get(service, len(shards))
    if len(shards) > most:
        raise WrongUseError(
            f"--shards {len(shards)} is not valid: a matrix of {service} has up to {most} jobs. "
            f"Write --shards {most}."
        )
    texts = {f"shard{number}": " ".join(names) for number, names in enumerate(shards, 1)}
    jobs = [{"SHARD": name, "TENANTS": text} for name, text in texts.items()]
    match service:
        case Service.GITHUB:
            return {"include": [{"shard": job["SHARD"], "tenants": job["TENANTS"]} for job in jobs]}
        case Service.GITLAB:
            # For a child pipeline, whose job extends it.
            return {".fleet": {"parallel": {"matrix": jobs}}}
        case Service.AZURE:
            return {name: {"TENANTS": text} for name, text in texts.items()}
