"""Texts that a test compares as a whole: files that people read in a review."""

import os
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"
WRITE = "ACR_TRANSFER_WRITE_GOLDEN"


def require_golden(name: str, text: str) -> None:
    """Compare a text with its file; with ACR_TRANSFER_WRITE_GOLDEN=1 write the file instead."""
    file = GOLDEN / name
    if os.environ.get(WRITE):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), f"if it is meant: {WRITE}=1, look at {name}"
