"""Repairs of MiniStack 1.5.33's persistence: it saves at its end only, and leaves out the records of table streams.

CHECKPOINT (seconds, with PERSIST_STATE=1) says how often the state is saved; without it, at the end only.
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
    """Save the records of table streams with the tables, so that a change is not forgotten before a worker saw it."""
    get, load = dynamodb.get_state, dynamodb.load_persisted_state
    kept = {"muster_stream_records": dynamodb._stream_records, "muster_stream_trimmed": dynamodb._stream_trimmed}

    def get_state() -> dict[str, Any]:
        state: dict[str, Any] = get()
        return state | {name: _copied(scoped) for name, scoped in kept.items()}

    def load_state(data: dict[str, Any]) -> Any:
        for name, scoped in kept.items():
            scoped.update((data or {}).get(name, {}))
        return load(data)

    dynamodb.get_state, dynamodb.load_persisted_state = get_state, load_state


def _copied(scoped: Any) -> Any:
    copy = type(scoped)()
    for (account, region, name), value in scoped.all_items():
        copy.set_scoped(account, region, name, list(value) if isinstance(value, list) else value)
    return copy


def checkpoint() -> None:
    """Save the state now and then, so that a kill -9 costs no more than the last seconds."""
    seconds = float(os.environ.pop("CHECKPOINT", "0"))
    if not seconds:
        return
    original, lock = persistence.save_all, threading.Lock()

    def save_all(services: Mapping[str, Callable[[], Any]]) -> None:
        with lock:
            original({name: functools.partial(_steady, get_state) for name, get_state in services.items()})

    def run() -> None:
        while True:
            time.sleep(seconds)
            save_all(app._build_persistence_save_dict())

    persistence.save_all = app.save_all = save_all
    threading.Thread(target=run, daemon=True, name="checkpoint").start()


def _steady(get_state: Callable[[], Any]) -> Any:
    """A service's state, or None (nothing to save this time) when it never held still while it was copied."""
    for _ in range(20):
        try:
            return get_state()
        except RuntimeError:  # a dictionary changed while it was copied
            time.sleep(0.05)
    return None


def apply() -> None:
    streams_survive()
    checkpoint()
