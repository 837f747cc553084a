"""Simulates concurrent functions: an action runs just before a request to DynamoDB is sent.

A test fails when no such request is sent.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any

from fleet.aws import clients

TRANSACTION = "TransactWriteItems"
WRITE = (TRANSACTION, "PutItem", "UpdateItem", "DeleteItem")
"""The requests that write."""
_pending = ExitStack()


@contextmanager
def before_first_request(operations: str | Sequence[str], do: Callable[[], object], after: int = 0) -> Iterator[None]:
    """Run an action just before the first request of these kinds is sent, like a concurrent function that was faster; or before
    the first one after `after` others. Fails when no such request is sent.
    """
    todo, waits = [do], itertools.count(-after)

    def once() -> None:
        if todo and next(waits) >= 0:
            todo.pop()()

    with before_each_request(operations, once):
        yield
    assert not todo, f"No {operations} was sent"


@contextmanager
def others_faster(do: Callable[[], object]) -> Iterator[None]:
    """Run an action just before every write, but for those that it makes itself."""
    acting: list[bool] = []

    def act() -> None:
        if not acting:
            acting.append(True)
            do()
            acting.clear()

    with before_each_request(WRITE, act):
        yield


@contextmanager
def before_each_request(operations: str | Sequence[str], do: Callable[[], object]) -> Iterator[None]:
    """Run an action just before every request of these kinds is sent."""
    kinds = [operations] if isinstance(operations, str) else operations

    def listen(**_: Any) -> None:
        do()

    names = [(events, f"before-send.dynamodb.{kind}") for events in _events() for kind in kinds]
    for events, name in names:
        events.register(name, listen)
    try:
        yield
    finally:
        for events, name in names:
            events.unregister(name, listen)


@contextmanager
def answered(operation: str, answer: Callable[..., dict[str, Any] | None]) -> Iterator[None]:
    """Have requests of a kind refused with the error that `answer` returns for botocore's `params`, in place of DynamoDB; None: sent."""

    def refuse(params: Any, **_: Any) -> Any:
        error = answer(params)
        return None if error is None else (SimpleNamespace(status_code=400), error)

    for events in _events():
        events.register(f"before-call.dynamodb.{operation}", refuse)
    try:
        yield
    finally:
        for events in _events():
            events.unregister(f"before-call.dynamodb.{operation}", refuse)


def _events() -> list[Any]:
    return [client.meta.events for client in (clients.dynamodb(), clients.dynamodb_in_passing())]


@contextmanager
def refused_transactions(reason: str, naming: str, times: int = sys.maxsize) -> Iterator[list[str]]:
    """Have DynamoDB cancel the first `times` transactions in which a text occurs, for this reason; yields the reason once for each.

    Fails when there is none.
    """
    refused: list[str] = []

    def answer(params: Any) -> dict[str, Any] | None:
        if len(refused) >= times or naming not in str(params["body"]):
            return None
        refused.append(reason)
        return {
            "Error": {"Code": "TransactionCanceledException", "Message": ""},
            "CancellationReasons": [{"Code": "None"}, {"Code": reason}],
        }

    with answered(TRANSACTION, answer):
        yield refused
    assert refused, "No such transaction was sent"


def before_next_transaction(do: Callable[[], object]) -> None:
    """Run an action just before the next write of this test is sent."""
    _pending.enter_context(before_first_request(WRITE, do))


@contextmanager
def pending_interference() -> Iterator[None]:
    """For a fixture: check at the test's end that every `before_next_transaction` action has run."""
    with _pending:
        yield
