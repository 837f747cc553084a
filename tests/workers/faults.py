"""The death of a worker at one of its requests to DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fleet.aws import clients


@contextmanager
def dying_at(event: str, at: int) -> Iterator[list[str]]:
    """Die before (before-send) or after (after-call) the request of this number; yields the started requests."""
    seen: list[str] = []

    def listen(event_name: str, **_: Any) -> None:
        seen.append(event_name.rpartition(".")[2])
        if len(seen) == at:
            raise ConnectionError

    events = clients.dynamodb().meta.events
    events.register(f"{event}.dynamodb.*", listen)
    try:
        yield seen
    finally:
        events.unregister(f"{event}.dynamodb.*", listen)
