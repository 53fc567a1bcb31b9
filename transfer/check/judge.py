"""All rules in their order: settings first, then each side from its registry to its rights."""

from transfer.check.arrangement import judge_arrangement
from transfer.check.facts import PairFacts
from transfer.check.findings import Report, joined
from transfer.check.pipeline import judge_pipeline
from transfer.check.place import judge_place
from transfer.check.registry import judge_registry
from transfer.check.rights import judge_rights
from transfer.check.roles import judge_container_role
from transfer.check.storage import judge_storage
from transfer.check.vault import judge_vault


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
