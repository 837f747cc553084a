"""Repetition counts of tests: small in `make check`, full in `make soak`."""

from __future__ import annotations

import os
from typing import TypeVar

T = TypeVar("T")

SOAK = bool(os.environ.get("SOAK"))
"""Whether tests run in full size."""


def size(small: T, full: T) -> T:
    """A number of repetitions or items for a test."""
    return full if SOAK else small
