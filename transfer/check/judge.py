"""All rules in their order: settings first, then each side from its registry to its rights."""

from datetime import datetime

from transfer.check.facts import PairFacts, SideFacts, Unread
from transfer.check.findings import Finding, Report, joined, not_read
from transfer.check.rules.arrangement import judge_arrangement, judge_grace
from transfer.check.rules.container_role import judge_container_role
from transfer.check.rules.images import judge_images
from transfer.check.rules.pipeline import judge_pipeline
from transfer.check.rules.place import judge_place
from transfer.check.rules.registry import judge_registry
from transfer.check.rules.rights import judge_rights
from transfer.check.rules.secret_removal import judge_secret_removal
from transfer.check.rules.storage import judge_storage
from transfer.check.rules.vault import judge_vault


def judge(pair: PairFacts) -> Report:
    """Apply every rule to what was read."""
    sides = [part for here in (pair.source, pair.target) for part in _of_side(here, pair.now)]
    return joined([judge_arrangement(pair), *sides, _images(pair)])


def judge_alone(here: SideFacts, now: datetime) -> Report:
    """Apply the rules of one side, whose other side is out of reach."""
    return joined([judge_grace(here), *_of_side(here, now)])


def _of_side(here: SideFacts, now: datetime) -> list[list[Finding]]:
    return [
        judge_registry(here),
        judge_place(here),
        judge_pipeline(here, now),
        judge_storage(here),
        judge_vault(here),
        judge_secret_removal(here),
        judge_container_role(here),
        judge_rights(here),
    ]


def _images(pair: PairFacts) -> list[Finding]:
    if isinstance(pair.images, Unread):
        return [not_read(pair.source, pair.images)]
    return judge_images(
        pair.images,
        may_overwrite="OverwriteTags" in pair.target.settings.options,
        target_file=pair.target.file,
    )
