"""The best of several alternating measurements, so that other work on the machine affects all kinds alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

_BETTER = 0.98


def steady(measure: Callable[[str], float], kinds: Sequence[str], most: int, calm: int) -> dict[str, float]:
    """The best time of each kind, after `calm` rounds without an improvement of two per cent, or after `most` rounds."""
    best, quiet = dict.fromkeys(kinds, math.inf), 0
    for _ in range(most):
        found = {kind: measure(kind) for kind in kinds}
        quiet = quiet + 1 if all(found[kind] > best[kind] * _BETTER for kind in kinds) else 0
        best = {kind: min(best[kind], found[kind]) for kind in kinds}
        if quiet == calm:
            break
    return best
