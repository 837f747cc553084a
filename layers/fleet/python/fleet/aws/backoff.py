"""How long to wait before another attempt, and how many attempts there are, wherever one meets others."""

from __future__ import annotations

import random
import time

ATTEMPTS = 10
"""Attempts of whatever can be refused for the moment: a conflict with another transaction, a state that has changed meanwhile."""
_FIRST, _LONGEST = 0.02, 0.32
"""Seconds."""


def pause(attempt: int) -> None:
    """Wait after a failed attempt (the first is number 0): up to 20 ms, doubled each time up to 0.32 s, at random, so that those
    that met do not meet again.
    """
    time.sleep(random.uniform(0, min(_LONGEST, _FIRST * 2**attempt)))
