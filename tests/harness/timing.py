"""How long work takes."""

from __future__ import annotations

import time
from collections.abc import Callable


def fastest(work: Callable[[], object], tries: int = 5) -> float:
    """The least processor time of several tries, in seconds."""
    times = []
    for _ in range(tries):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)
