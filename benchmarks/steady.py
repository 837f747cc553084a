"""Times of several kinds that a machine's changes of speed leave comparable: kinds are compared within a round.

A round measures one kind after the other. A shared machine may be half as quick again for a second, so the best times of two
kinds can be of different machines, so to speak; the median of the rounds' ratios is of none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import median

_BETTER = 0.98

Round = Mapping[str, float]
"""A time of each kind."""


def rounds(measure: Callable[[str], float], kinds: Sequence[str], most: int, calm: int) -> list[Round]:
    """Measure until `calm` rounds brought no best time that is two per cent better, or `most` rounds."""
    found: list[Round] = []
    best, quiet = math.inf, 0
    while quiet < calm and len(found) < most:
        found.append({kind: measure(kind) for kind in kinds})
        took = sum(found[-1].values())
        quiet = quiet + 1 if took > best * _BETTER else 0
        best = min(best, took)
    return found


def times(found: Sequence[Round]) -> dict[str, float]:
    """The best time of the first kind, and of each other the time that has the median ratio to it."""
    first = next(iter(found[0]))
    best = min(each[first] for each in found)
    return {kind: best / median(each[first] / each[kind] for each in found) for kind in found[0]}
