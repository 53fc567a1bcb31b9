"""All rules in their order: settings first, then each side from its registry to its rights."""

from transfer.check.facts import PairFacts
from transfer.check.findings import Report, joined
from transfer.check.rules.arrangement import judge_arrangement
from transfer.check.rules.container_role import judge_container_role
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
    return joined(parts)
