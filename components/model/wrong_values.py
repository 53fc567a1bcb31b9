"""Sentences about wrong values, for settings and for the arguments of a component alike."""

import difflib
from collections.abc import Iterable


def rule_of(kind: str, message: str) -> str:
    """Say the rule that a value breaks, of the kind and message of pydantic's error."""
    if kind == "missing":
        return "it must be set"
    return message.removeprefix("Value error, ").replace("Input should be", "it should be")


def nearest_of(key: str, known: Iterable[str], prefix: str = "") -> str:
    """Ask for the known key that an unknown one is likest to; "" where none is."""
    nearest = difflib.get_close_matches(key, list(known), n=1)
    return f"Did you mean {prefix}{nearest[0]}? " if nearest else ""
