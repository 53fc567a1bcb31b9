"""Rules of a pipeline: it is there, its addresses fit, its trigger, its SAS and its runs."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from components.model.contract import RunPart, TargetContract
from components.model.diagnosis import explain
from components.model.names import batch_of_blob
from components.model.sas_source import WARN_BEFORE, BroughtSas
from components.model.settings import SourceSettings
from transfer.check.facts import Missing, PipelineFacts, SideFacts, Unread
from transfer.check.findings import Finding, Level, good, not_read
from transfer.run_states import RunState

_STORAGE_CLOUDS = {
    ".core.windows.net": "public",
    ".storage.azure.net": "public",
    ".core.usgovcloudapi.net": "US Government",
    ".core.chinacloudapi.cn": "China",
}
_VAULT_CLOUDS = {
    ".vault.azure.net": "public",
    ".vault.usgovcloudapi.net": "US Government",
    ".vault.azure.cn": "China",
}
_VERSIONED_SECRET = re.compile(r"/secrets/[^/]+/[^/]+/?$")


def judge_pipeline(here: SideFacts, now: datetime) -> list[Finding]:
    """Judge a side's pipeline, and what its contract tells of the SAS."""
    pipeline = here.pipeline
    if here.bad_contract:
        what = f"the contract of stack {here.stack!r}"
        fix = f"pulumi up -s {here.stack}"
        return [Finding(Level.FAILS, here.side, what, here.bad_contract, fix)]
    if here.contract is None or pipeline is None:
        what = f"stack {here.stack!r} is not up"
        why = "Its storage, vault and pipeline are not there yet, so only settings are checked."
        unknown_yet = Finding(Level.UNKNOWN, here.side, what, why, f"pulumi up -s {here.stack}")
        return [unknown_yet, *_failed_runs(here)]
    findings = [
        *_sas(here, here.contract.sas_expires, now),
        *_failed_runs(here),
        *_runs(here),
    ]
    if isinstance(pipeline, Unread):
        return [not_read(here, pipeline), *findings]
    if isinstance(pipeline, Missing):
        what = f"pipeline {pipeline.what!r} does not exist"
        why = "Its runs fail: PipelineNotFound. The pipeline was deleted beside Pulumi."
        fix = f"pulumi up --refresh -s {here.stack}"
        return [Finding(Level.FAILS, here.side, what, why, fix), *findings]
    findings += good(here.side, f"pipeline {pipeline.name!r}", "it exists")
    return [
        *findings,
        *_identities(here, pipeline),
        *_version(here, pipeline),
        *_clouds(here, pipeline),
        *_trigger(here, pipeline),
    ]


def _sas(here: SideFacts, expires: datetime | None, now: datetime) -> list[Finding]:
    is_brought = isinstance(here.sas, BroughtSas)
    if expires is None and not is_brought:
        return []
    fix = here.set_sas if is_brought else f"pulumi up -s {here.stack}"
    if expires is None:
        what = "when the SAS that is brought ends is not known"
        why = "An access policy of the container tells it, which is not read here."
        return [Finding(Level.UNKNOWN, here.side, what, why, fix)]
    left = expires - now
    what = (
        f"the SAS expires at {expires:%Y-%m-%d %H:%M} UTC, in {left / timedelta(days=1):.1f} days"
    )
    if left <= timedelta(0):
        what = f"the SAS expired at {expires:%Y-%m-%d %H:%M} UTC"
        text = "AuthenticationFailed. Signature not valid in the specified time frame"
        why = f"The run fails: Failed to access storage. {text}. {explain(text).meaning}"
        return [Finding(Level.FAILS, here.side, what, why, fix)]
    if is_brought:
        if left <= WARN_BEFORE:
            why = "It was brought, and nothing rotates it."
            return [Finding(Level.WARNS, here.side, what, why, fix)]
        return good(here.side, what, "it was brought, and nothing rotates it")
    _, grace = here.settings.window_and_grace_days
    if left <= timedelta(days=grace):
        why = f"Its window is over, and the {grace} days of its grace run; up rotates it."
        return [Finding(Level.WARNS, here.side, what, why, fix)]
    return good(here.side, what, "no rotation is due yet")


def _identities(here: SideFacts, pipeline: PipelineFacts) -> list[Finding]:
    return [
        Finding(
            Level.FAILS,
            here.side,
            f"identity {lost.rsplit('/', 1)[-1]!r} of pipeline {pipeline.name!r} does not exist",
            "The run fails: Failed to acquire a token, as the identity was not found.",
            f"pulumi up --refresh -s {here.stack}",
        )
        for lost in pipeline.lost_identities
    ]


def _version(here: SideFacts, pipeline: PipelineFacts) -> list[Finding]:
    what = f"pipeline {pipeline.name!r} reads {pipeline.secret_uri}"
    if not pipeline.secret_uri:
        return []
    if not _VERSIONED_SECRET.search(pipeline.secret_uri):
        return good(here.side, what, "without a version it reads the latest SAS")
    why = (
        "The address names one version of the secret: a rotated SAS is never read, and once this "
        "one expires runs fail with Failed to access storage (AuthenticationFailed)."
    )
    fix = f"pulumi up --refresh -s {here.stack}"
    return [Finding(Level.WARNS, here.side, what, why, fix)]


def _clouds(here: SideFacts, pipeline: PipelineFacts) -> list[Finding]:
    storage = _cloud(pipeline.container_uri, _STORAGE_CLOUDS)
    vault = _cloud(pipeline.secret_uri, _VAULT_CLOUDS)
    # Suffixes of a custom cloud are unknown here, and nothing can be said of them.
    if not storage or not vault:
        return []
    what = f"container in the {storage} cloud, vault in the {vault} cloud"
    if storage == vault:
        return good(here.side, what, "both are in one cloud")
    why = (
        "The run fails: Failed to access key vault. No such host is known, or the identity's token "
        "is refused, as a pipeline works in one cloud."
    )
    fix = f"Correct ARM_ENVIRONMENT, then: pulumi up --refresh -s {here.stack}"
    return [Finding(Level.FAILS, here.side, what, why, fix)]


def _cloud(uri: str, suffixes: dict[str, str]) -> str:
    host = urlsplit(uri).hostname or ""
    return next((cloud for suffix, cloud in suffixes.items() if host.endswith(suffix)), "")


def _trigger(here: SideFacts, pipeline: PipelineFacts) -> list[Finding]:
    if not isinstance(here.contract, TargetContract) or not pipeline.trigger:
        return []
    way = here.contract.import_by
    what = f"source trigger {pipeline.trigger}, import_by {way}"
    fix = f"pulumi up --refresh -s {here.stack}"
    is_on = pipeline.trigger == "Enabled"
    if is_on and way == "both":
        return good(here.side, what, "each blob is imported twice, as asked")
    if is_on == (way == "trigger"):
        return good(here.side, what, "each blob is imported once")
    if is_on:
        why = "Each blob is imported twice: by the trigger, and by its run."
        return [Finding(Level.WARNS, here.side, what, why, fix)]
    why = "Nothing imports: blobs land and stay, and Azure gives no error."
    return [Finding(Level.FAILS, here.side, what, why, fix)]


def _runs(here: SideFacts) -> list[Finding]:
    if isinstance(here.runs, Unread):
        return [not_read(here, here.runs)]
    ended = [run for run in here.runs if run.has_ended]
    if not ended:
        return []
    stays = {failed.name.lower() for failed in here.failed_runs}
    last = max(ended, key=lambda run: run.started.timestamp() if run.started else 0.0)
    if not last.has_failed:
        return good(
            here.side, f"last run {last.name!r} succeeded", "the service reached all it needs"
        )
    if last.name.lower() in stays:
        return []
    return [_failure(here, last, here.contract.runs if here.contract else ())]


def _failed_runs(here: SideFacts) -> list[Finding]:
    return [
        _own_failure(here, failed.name, failed.error, failed.batch) for failed in here.failed_runs
    ]


def _failure(here: SideFacts, run: RunState, own: tuple[RunPart, ...]) -> Finding:
    text = run.error or f"status {run.status or run.provisioning_state}."
    # A run of the stack's own fails every up until it is repeated; the trigger's runs are history.
    if run.name.lower() in {part.name.lower() for part in own}:
        return _own_failure(here, run.name, text, batch_of_blob(run.blob))
    return _failed(Level.WARNS, here, run.name, text, "")


def _own_failure(here: SideFacts, name: str, text: str, batch: str) -> Finding:
    repeat = f"pulumi config set acr-transfer:rerun {here.settings.rerun + 1} -s {here.stack}"
    if isinstance(here.settings, SourceSettings) and here.settings.locked_images:
        repeat = f"acr-transfer lock --renew {batch} --source {here.stack}"
    return _failed(Level.FAILS, here, name, text, f"Then: {repeat}")


def _failed(level: Level, here: SideFacts, name: str, text: str, repeat: str) -> Finding:
    diagnosis = explain(text)
    return Finding(
        level,
        here.side,
        f"run {name!r} failed",
        f"The service says: {text} {diagnosis.meaning}",
        f"{diagnosis.fix} {repeat}".strip(),
    )
