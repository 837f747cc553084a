"""Transactions that meet others on their items, which an AWS in memory never has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from fleet.aws import clients, table
from fleet.errors import TooMany

KEY = ("GROUP#1", "GROUP")
CLASH = {
    "Error": {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"},
    "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}],
}


@contextmanager
def clashes(times: int) -> Iterator[list[str]]:
    """Have so many tries of a transaction answered as DynamoDB does when another one is at its items; the tries."""
    tries: list[str] = []

    def answer(**_: Any) -> Any:
        tries.append("try")
        return (SimpleNamespace(status_code=400), CLASH) if len(tries) <= times else None

    events: Any = clients.dynamodb().meta.events
    events.register("before-call.dynamodb.TransactWriteItems", answer)
    try:
        yield tries
    finally:
        events.unregister("before-call.dynamodb.TransactWriteItems", answer)


def test_a_transaction_waits_for_its_turn(cloud: dict[str, str]) -> None:
    with clashes(4) as tries:
        table.transact([table.put(KEY, {})])
    assert len(tries) == 5
    assert KEY in table.batch_get([KEY])


def test_one_that_never_gets_it_is_told_to_come_back(cloud: dict[str, str]) -> None:
    with clashes(100), pytest.raises(TooMany):
        table.transact([table.put(KEY, {})])
    assert table.batch_get([KEY]) == {}
