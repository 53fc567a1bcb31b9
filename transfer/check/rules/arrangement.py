"""Rules of the settings themselves: loops, and the grace."""

from typing import cast

from components.model.sas_source import MintedSas
from components.model.settings import SourceSettings, TargetSettings
from transfer.check.facts import PairFacts, SideFacts
from transfer.check.findings import Finding, Level, good

# A failed or forgotten up must be noticed and mended within the grace: longer than a weekend.
_SHORT_GRACE_DAYS = 3


def judge_arrangement(pair: PairFacts) -> list[Finding]:
    """Judge what the settings of both sides make together."""
    return [
        *_loop(pair),
        *judge_grace(pair.source),
        *judge_grace(pair.target),
    ]


def judge_grace(here: SideFacts) -> list[Finding]:
    """Judge whether a side's SAS is rotated in time."""
    settings = here.settings
    # A SAS that is brought has no window: its end is judged with the pipeline.
    if not isinstance(here.sas, MintedSas):
        return []
    days, grace = settings.window_and_grace_days
    window = here.sas.window
    what = (
        f"SAS windows of {days} days, grace {grace}; this one until {window.expiry:%Y-%m-%d}, "
        f"signed by {window.key}"
    )
    if grace >= _SHORT_GRACE_DAYS:
        return good(here.side, what, "one up within each grace rotates the SAS in time")
    why = (
        "Without an up within the grace the SAS expires, and runs fail with Failed to access "
        "storage (AuthenticationFailed); this grace is shorter than a weekend."
    )
    fix = f"Run pulumi up -s {here.stack} daily"
    if settings.sas_policy == "log":
        fix += f", or write acr-transfer:sas_grace_days: {_SHORT_GRACE_DAYS} in {here.file}"
    return [Finding(Level.WARNS, here.side, what, why, f"{fix}.")]


def _loop(pair: PairFacts) -> list[Finding]:
    source = cast(SourceSettings, pair.source.settings)
    target = cast(TargetSettings, pair.target.settings)
    is_same = (
        source.registry.lower() == target.registry.lower()
        and pair.source.subscription.lower() == pair.target.subscription.lower()
    )
    if not is_same:
        return good("both", "source and target are two registries", "no image comes back")
    what = f"source and target are one registry, {source.registry!r}, blobs {target.blobs}"
    overwrites = "OverwriteTags" in target.options or "OverwriteBlobs" in source.options
    is_loop = target.blobs == "shared" and target.import_by != "runs" and overwrites
    fix = f"Write another acr-transfer:registry in {pair.target.file}"
    if not is_loop:
        why = "The images are there already: each import meets its own tag (TAG_ALREADY_EXISTS)."
        return [Finding(Level.WARNS, "both", what, why, f"{fix}.")]
    why = (
        "A loop, for which Azure gives no error: each export overwrites the blob, the trigger "
        "imports it into the registry that it came from, and tags move back to what was exported."
    )
    fix += ", or acr-transfer:import_by: runs."
    return [Finding(Level.FAILS, "both", what, why, fix)]
