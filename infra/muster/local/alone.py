"""A lock that one process at a time holds."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


class Taken(Exception):
    """Another process holds the lock; the message says which, where it is known."""


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock of this file, which names the process. Raises Taken."""
    path.parent.mkdir(exist_ok=True)
    with path.open("a+") as lock:
        lock.seek(0)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            process = lock.read().strip()
            raise Taken(f" as process {process}" if process else "") from None
        lock.truncate()
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
