"""Finds what a misspelt name was meant to be."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """Give a sentence with the known name that is nearest, or ""; it begins with a space."""
    by_lower = {item.lower(): item for item in known}
    near = difflib.get_close_matches(name.lower().replace("_", ""), list(by_lower), 1, 0.4)
    return f" The nearest is '{by_lower[near[0]]}'." if near else ""
