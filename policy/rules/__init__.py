"""All rules, in the order of their table."""

from . import grants, names, pipelines, sas, stack, storage, vault
from .rule import Rule

RULES: tuple[Rule, ...] = (
    *storage.RULES,
    *sas.RULES,
    *vault.RULES,
    *grants.RULES,
    *pipelines.RULES,
    *names.RULES,
    *stack.RULES,
)
