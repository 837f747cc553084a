"""Repairs of MiniStack 1.5.33's persistence: it saves only at shutdown, and without the records of table streams.

CHECKPOINT (with PERSIST_STATE=1) is the interval of saves in seconds; without it, state is saved only at shutdown.
"""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import functools
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from ministack import app
from ministack.core import persistence
from ministack.services import dynamodb


def streams_survive() -> None:
    """Save the records of table streams with the tables, so that no change is lost before a worker has read it."""
    get, load = dynamodb.get_state, dynamodb.load_persisted_state
    kept = {"muster_stream_records": dynamodb._stream_records, "muster_stream_trimmed": dynamodb._stream_trimmed}

    def get_state() -> dict[str, Any]:
        state: dict[str, Any] = get()
        return state | {name: _copy(scoped) for name, scoped in kept.items()}

    def load_state(data: dict[str, Any]) -> Any:
        for name, scoped in kept.items():
            scoped.update((data or {}).get(name, {}))
        return load(data)

    dynamodb.get_state, dynamodb.load_persisted_state = get_state, load_state


def _copy(scoped: Any) -> Any:
    copy = type(scoped)()
    for (account, region, name), value in scoped.all_items():
        copy.set_scoped(account, region, name, list(value) if isinstance(value, list) else value)
    return copy


def checkpoint() -> None:
    """Save the state at intervals, so that kill -9 loses only the last seconds."""
    seconds = float(os.environ.pop("CHECKPOINT", "0"))
    if not seconds:
        return
    original, lock = persistence.save_all, threading.Lock()

    def save_all(services: Mapping[str, Callable[[], Any]]) -> None:
        with lock:
            original({name: functools.partial(_stable_copy, get_state) for name, get_state in services.items()})

    def run() -> None:
        while True:
            time.sleep(seconds)
            save_all(app._build_persistence_save_dict())

    persistence.save_all = app.save_all = save_all
    threading.Thread(target=run, daemon=True, name="checkpoint").start()


def _stable_copy(get_state: Callable[[], Any]) -> Any:
    """A copy of a service's state; None when it kept changing while it was copied, and is to be saved next time."""
    for _ in range(20):
        try:
            return get_state()
        except RuntimeError:  # a dictionary changed during the copy
            time.sleep(0.05)
    return None


def apply() -> None:
    streams_survive()
    checkpoint()
