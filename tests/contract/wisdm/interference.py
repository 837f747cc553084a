"""What other functions do at the same time: something that happens just before a transaction is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fleet.aws import clients

_TRANSACTION = "before-call.dynamodb.TransactWriteItems"


def meanwhile(act: Callable[[], object]) -> None:
    """Have something done just before the next transaction is sent, as by another function that came first."""
    done: list[bool] = []

    def once(**_: Any) -> None:
        if not done:
            done.append(True)
            act()

    clients.dynamodb().meta.events.register(_TRANSACTION, once)


@contextmanager
def each_time(act: Callable[[], object]) -> Iterator[None]:
    """Have something done just before every transaction is sent, meanwhile."""

    def always(**_: Any) -> None:
        act()

    clients.dynamodb().meta.events.register(_TRANSACTION, always)
    try:
        yield
    finally:
        clients.dynamodb().meta.events.unregister(_TRANSACTION, always)
