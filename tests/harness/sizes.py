"""The sizes of what tests do many times: small in `make check`, full in `make soak`."""

from __future__ import annotations

import os
from typing import TypeVar

T = TypeVar("T")

SOAK = bool(os.environ.get("SOAK"))
"""Whether tests run in full size."""


def size(small: T, full: T) -> T:
    """A number of tries, of items or of whatever else a test has many of."""
    return full if SOAK else small
