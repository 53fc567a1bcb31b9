"""All rules in their order: settings first, then each side from its registry to its rights."""

from datetime import datetime

from transfer.check.facts import Images, PairFacts, SideFacts, Unread
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
    images = _images(pair.source, pair.images, pair.target)
    return joined([judge_arrangement(pair), *sides, images])


def judge_alone(here: SideFacts, now: datetime, images: Images = ()) -> Report:
    """Apply the rules of one side, whose other side is out of reach.

    Args:
        images: What the source holds of the list.
    """
    return joined([judge_grace(here), *_of_side(here, now), _images(here, images, None)])


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


def _images(source: SideFacts, images: Images, target: SideFacts | None) -> list[Finding]:
    if isinstance(images, Unread):
        return [not_read(source, images)]
    return judge_images(
        images,
        may_overwrite=target is None or "OverwriteTags" in target.settings.options,
        target_file=target.file if target else "",
    )
