"""Has a process stop getting on in the middle of a transaction, for a test that kills it there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fleet.aws import clients

BEFORE, AFTER = "before", "after"
"""Where it halts: the transaction is about to be sent, or it was carried out and the process does not know yet."""


def halt_in(due: Callable[[bytes], bool], where: str, told: str) -> None:
    """Have the thread halt that sends a transaction which is due by its body. `told` is the file that says so."""
    own = threading.local()

    def send(request: Any, **_: Any) -> None:
        own.due = due(request.body)
        if own.due and where == BEFORE:
            _halt(told)

    def answered(**_: Any) -> None:
        if own.due and where == AFTER:
            _halt(told)

    events = clients.session().events
    events.register("before-send.dynamodb.TransactWriteItems", send)
    events.register("after-call.dynamodb.TransactWriteItems", answered)


def _halt(told: str) -> None:
    Path(told).touch()
    threading.Event().wait()
