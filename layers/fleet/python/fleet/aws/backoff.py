"""How often something is attempted that meets others on its items, and how long it waits in between."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

ATTEMPTS = 8
"""Attempts of whatever can be refused for the moment: a conflict with another transaction, a state that has changed meanwhile."""
BUDGET = 10.0
"""Seconds within which a loop of decisions begins its attempts, and all loops inside it theirs: a route has 15."""
_FIRST, _LONGEST = 0.02, 0.32
"""Seconds."""


@dataclass(frozen=True)
class Clock:
    """A monotonic clock, in seconds, and how to wait on it."""

    now: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep


REAL = Clock()
_deadline: ContextVar[tuple[float, Clock]] = ContextVar("deadline", default=(math.inf, REAL))


@contextmanager
def within_budget(clock: Clock = REAL) -> Iterator[None]:
    """Give the loops of attempts inside a deadline: BUDGET seconds from now, or that of the outermost such block around them."""
    if _deadline.get()[0] < math.inf:
        yield
        return
    token = _deadline.set((clock.now() + BUDGET, clock))
    try:
        yield
    finally:
        _deadline.reset(token)


def attempts() -> Iterator[int]:
    """The numbers of the attempts from 0. Before each further one it waits, at random, so that those that met do not meet again.

    There is always a first attempt; none follows that would begin after the deadline.
    """
    until, clock = _deadline.get()
    yield 0
    for number in range(1, ATTEMPTS):
        wait = random.uniform(0, longest_wait(number))
        if clock.now() + wait > until:
            return
        clock.wait(wait)
        yield number


def longest_wait(number: int) -> float:
    """The longest wait before an attempt, in seconds: none before number 0, 20 ms before number 1, then doubled up to 0.32 s."""
    return min(_LONGEST, _FIRST * 2 ** (number - 1)) if number else 0.0
