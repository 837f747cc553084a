"""What other functions do at the same time: something that happens just before a request goes to DynamoDB.

What is to happen has to: a test fails in which no such request goes out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from fleet.aws import clients

TRANSACTION = "TransactWriteItems"
_pending = ExitStack()


@contextmanager
def before_the_first(operation: str, do: Callable[[], object], after: int = 0) -> Iterator[None]:
    """Do something just before the first request of this kind goes out, as another function that came first; or before the
    first one after so many. It fails when no such request goes out.
    """
    todo, waits = [do], itertools.count(-after)

    def once() -> None:
        if todo and next(waits) >= 0:
            todo.pop()()

    with before_each(operation, once):
        yield
    assert not todo, f"No {operation} was sent"


@contextmanager
def before_each(operation: str, do: Callable[[], object]) -> Iterator[None]:
    """Do something just before every request of this kind goes out."""
    event = f"before-send.dynamodb.{operation}"

    def listen(**_: Any) -> None:
        do()

    clients.dynamodb().meta.events.register(event, listen)
    try:
        yield
    finally:
        clients.dynamodb().meta.events.unregister(event, listen)


def meanwhile(do: Callable[[], object]) -> None:
    """Do something just before the next transaction of this test goes out."""
    _pending.enter_context(before_the_first(TRANSACTION, do))


@contextmanager
def ended_with_the_test() -> Iterator[None]:
    """For a fixture: what `meanwhile` announced has happened when the test ends, and does not reach into the next one."""
    with _pending:
        yield
