"""All rules in their order: settings first, then each side from its registry to its rights."""

from transfer.check.facts import PairFacts, Unread
from transfer.check.findings import Finding, Report, joined, unknown
from transfer.check.rules.arrangement import judge_arrangement
from transfer.check.rules.container_role import judge_container_role
from transfer.check.rules.images import judge_images
from transfer.check.rules.pipeline import judge_pipeline
from transfer.check.rules.place import judge_place
from transfer.check.rules.registry import judge_registry
from transfer.check.rules.rights import judge_rights
from transfer.check.rules.storage import judge_storage
from transfer.check.rules.vault import judge_vault


def judge(pair: PairFacts) -> Report:
    """Apply every rule to what was read."""
    parts = [judge_arrangement(pair)]
    for here in (pair.source, pair.target):
        parts += [
            judge_registry(here),
            judge_place(here),
            judge_pipeline(here, pair.now),
            judge_storage(here),
            judge_vault(here),
            judge_container_role(here),
            judge_rights(here),
        ]
    parts.append(_images(pair))
    return joined(parts)


def _images(pair: PairFacts) -> list[Finding]:
    if isinstance(pair.images, Unread):
        return [unknown(pair.source, pair.images)]
    return judge_images(
        pair.images,
        may_overwrite="OverwriteTags" in pair.target.settings.options,
        target_file=pair.target.file,
    )
