"""How often something is attempted that meets others on its items, and how long it waits in between."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

ATTEMPTS = 8
"""Attempts of whatever can be refused for the moment: a conflict with another transaction, a state that has changed meanwhile.

A decision that is made anew 8 times, with 8 attempts of each transaction, waits for 12 s at worst: a route has 15.
"""
_FIRST, _LONGEST = 0.02, 0.32
"""Seconds."""


def attempts() -> Iterator[int]:
    """The numbers of the attempts from 0. Before each further one it waits, at random, so that those that met do not meet again."""
    for number in range(ATTEMPTS):
        time.sleep(random.uniform(0, longest_wait(number)))
        yield number


def longest_wait(number: int) -> float:
    """The longest wait before an attempt, in seconds: none before number 0, 20 ms before number 1, then doubled up to 0.32 s."""
    return min(_LONGEST, _FIRST * 2 ** (number - 1)) if number else 0.0
