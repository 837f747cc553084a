"""The best of several measures that are taken by turns, so that other work on the machine does not count for one of them alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

_BETTER = 0.98


def steady(measure: Callable[[str], float], kinds: Sequence[str], most: int, calm: int) -> dict[str, float]:
    """The best of each kind: after `calm` rounds in which none became better by two per cent, or `most` rounds."""
    best, quiet = dict.fromkeys(kinds, math.inf), 0
    for _ in range(most):
        found = {kind: measure(kind) for kind in kinds}
        quiet = quiet + 1 if all(found[kind] > best[kind] * _BETTER for kind in kinds) else 0
        best = {kind: min(best[kind], found[kind]) for kind in kinds}
        if quiet == calm:
            break
    return best
