"""Workers in a process of their own that stops getting on in the middle of a step of a job, for a test that kills it there.

Otherwise they are those of `muster up`. A file says that it has come to this.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

from fleet.aws import clients
from muster.local import workers

BEFORE, AFTER = "before", "after"
"""Where a step halts: its transaction is about to be sent, or it was carried out and the worker does not know yet."""


def _halt_in(step: str, where: str, told: str) -> None:
    """Have the thread halt that takes the step of a job with this number. `told` is the file that says so."""
    own = threading.local()

    def send(request: Any, **_: Any) -> None:
        own.due = f'"LOG#{int(step):08}"'.encode() in request.body  # the row that each step adds (access-patterns.md J3)
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


if __name__ == "__main__":
    _halt_in(*sys.argv[1:4])
    sys.exit(workers.main(sys.argv[4:]))
