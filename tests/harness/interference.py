"""What other functions do at the same time: something that happens just before a request goes to DynamoDB.

What is to happen has to: a test fails in which no such request goes out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from fleet.aws import clients

TRANSACTION = "TransactWriteItems"
WRITE = (TRANSACTION, "PutItem", "UpdateItem", "DeleteItem")
"""The requests that write."""
_pending = ExitStack()


@contextmanager
def before_first_request(operations: str | Sequence[str], do: Callable[[], object], after: int = 0) -> Iterator[None]:
    """Do something just before the first request of these kinds goes out, as another function that came first; or before the
    first one after so many. It fails when no such request goes out.
    """
    todo, waits = [do], itertools.count(-after)

    def once() -> None:
        if todo and next(waits) >= 0:
            todo.pop()()

    with before_each_request(operations, once):
        yield
    assert not todo, f"No {operations} was sent"


@contextmanager
def before_each_request(operations: str | Sequence[str], do: Callable[[], object]) -> Iterator[None]:
    """Do something just before every request of these kinds goes out."""
    kinds = [operations] if isinstance(operations, str) else operations

    def listen(**_: Any) -> None:
        do()

    for kind in kinds:
        clients.dynamodb().meta.events.register(f"before-send.dynamodb.{kind}", listen)
    try:
        yield
    finally:
        for kind in kinds:
            clients.dynamodb().meta.events.unregister(f"before-send.dynamodb.{kind}", listen)


def before_next_transaction(do: Callable[[], object]) -> None:
    """Do something just before the next write of this test goes out."""
    _pending.enter_context(before_first_request(WRITE, do))


@contextmanager
def pending_interference() -> Iterator[None]:
    """For a fixture: what `meanwhile` announced has happened when the test ends, and does not reach into the next one."""
    with _pending:
        yield
