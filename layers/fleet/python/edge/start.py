"""What a Lambda entry point does once, when it is declared."""

from __future__ import annotations

import gc

_OBJECTS = 50_000


def collect_garbage_rarely() -> None:
    """Have Python look for cyclic garbage less often: the first call imports boto3, which makes many objects and drops few."""
    gc.set_threshold(_OBJECTS)
