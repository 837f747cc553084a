"""Which Muster this is."""

from __future__ import annotations

import functools
from pathlib import Path


@functools.cache
def commit() -> str:
    """The commit that the layer was built from, 7 hex digits; zeros in a tree that was not built."""
    written = Path(__file__).with_name("commit.txt")
    return written.read_text().strip() if written.exists() else "0000000"
