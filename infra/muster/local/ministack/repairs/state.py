"""Repairs of MiniStack 1.5.33's persistence, which saves only at shutdown, a file for each service, without the records of table streams.

With PERSIST_STATE=1 everything is saved in one file, every CHECKPOINT seconds and at shutdown. Each save is of one moment: it is
taken on the event loop, where requests are answered. It is written, flushed to the disk and renamed, so that the file is always whole.
The state has MiniStack's URL in it (of queues): it is replaced when the next start uses another port. What was with readers of queues
is there for anybody at the next start: a worker that was stopped cannot delete it any more.
"""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import threading
import time
import traceback
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hypercorn.config import Config
from ministack import app
from ministack.core import persistence
from ministack.services import dynamodb, sqs
from repairs import trimming

State = dict[str, Any]
_URL = f"http://{os.environ.get('MINISTACK_HOST')}:{os.environ.get('GATEWAY_PORT')}"
_SHUTDOWN = 24 * 3600
"""Seconds that the server waits for the last save."""
_TRIES = 20


class Store:
    """The file with the state, for one process at a time. `save` writes a later state over an earlier one, never the reverse."""

    def __init__(self, folder: Path) -> None:
        """Wait until a former process has saved: it may still do so when its parent was killed."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._file = folder, folder / "state.json"
        self._lock, self._taken, self._saved = threading.Lock(), 0, 0
        self._held = (folder / "lock").open("w")
        fcntl.flock(self._held, fcntl.LOCK_EX)

    def take(self) -> tuple[int, str]:
        """The state of this moment, numbered: of all services, and how far the readers of streams have come. Call it on the event loop."""
        self._taken += 1
        positions = trimming.positions()  # before the services: what a reader has done is then among what is saved
        services = {name: get_state() for name, get_state in app._build_persistence_save_dict().items()}
        document = {"url": _URL, "positions": positions, "services": services}
        return self._taken, json.dumps(document, default=persistence._json_default)

    def save(self, number: int, text: str) -> None:
        with self._lock:
            if number > self._saved:
                self._write(text)
                self._saved = number

    def _write(self, text: str) -> None:
        part = self._file.with_suffix(".part")
        with part.open("w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        part.replace(self._file)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def load(self) -> None:
        """Restore what was saved last, if anything was."""
        if not self._file.exists():
            return
        text = self._file.read_text()
        before = json.JSONDecoder().raw_decode(text, text.index(":") + 2)[0]
        document = json.loads(text.replace(f"{before}/", f"{_URL}/"), object_hook=persistence._json_object_hook)
        trimming.restore(document["positions"])
        for name, state in document["services"].items():
            app._get_module(app._state_map[name]).load_persisted_state(state)
        _release()


def _release() -> None:
    """Deliver anew, without waiting until its visibility ends, what readers of queues had received; what is delayed stays so."""
    now = time.time()
    for _, queue in sqs._queues.all_items():
        for message in queue["messages"]:
            if message.get("receive_count"):
                message["visible_at"] = min(message["visible_at"], now)


def persistent(store: Store, seconds: float) -> None:
    """Load the state at the start, save it at intervals and at shutdown. A load or last save that fails ends the process with status 1."""

    async def run() -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await asyncio.to_thread(store.save, *store.take())
            except (OSError, RuntimeError):  # no space; a table changed while it was read, by the thread that deletes what has expired
                traceback.print_exc()

    def load(*_: object) -> None:
        _or_exit(store.load)
        tasks.append(asyncio.get_running_loop().create_task(run()))

    tasks: list[asyncio.Task[None]] = []
    app._load_persisted_state = load
    app.save_all = lambda services: _or_exit(lambda: store.save(*_patiently(store.take)))
    Config.shutdown_timeout = _SHUTDOWN


def _or_exit(do: Callable[[], None]) -> None:
    """Do it. The server would carry on after an exception, without the state or without having saved it."""
    try:
        do()
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def _patiently(take: Callable[[], tuple[int, str]]) -> tuple[int, str]:
    for _ in range(_TRIES):
        try:
            return take()
        except RuntimeError:  # as above
            continue
    return take()


def uncopied() -> None:
    """Let the two services that grow report their state without copying it first, and tables with the records of their streams."""
    tables, queues = _sharing(dynamodb.get_state), _sharing(sqs.get_state)
    records = {"muster_stream_records": dynamodb._stream_records, "muster_stream_trimmed": dynamodb._stream_trimmed}
    load = dynamodb.load_persisted_state

    def load_state(state: State) -> None:
        for name, scoped in records.items():
            scoped.update(state.get(name, {}))
        load(state)

    dynamodb.get_state, dynamodb.load_persisted_state = lambda: tables() | records, load_state
    sqs.get_state = queues


def _sharing(get_state: Any) -> Callable[[], State]:
    """The same function, which calls no deepcopy: 100,000 items take it many seconds, and `take` only reads."""
    names: Mapping[str, Any] = {**get_state.__globals__, "copy": types.SimpleNamespace(deepcopy=lambda value: value)}
    return types.FunctionType(get_state.__code__, dict(names))


def apply() -> None:
    uncopied()
    if persistence.PERSIST_STATE:
        persistent(Store(Path(persistence.STATE_DIR)), float(os.environ["CHECKPOINT"]))
