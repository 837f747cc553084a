"""Transactions that meet others on their items, which an AWS in memory never has."""

from __future__ import annotations

from typing import Any

import pytest

from fleet import aws
from fleet.errors import TooMany
from fleet.store import table

KEY = ("GROUP#1", "GROUP")
CLASH: Any = {
    "Error": {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"},
    "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}],
}


@pytest.fixture
def tries(cloud: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The tries of transactions that are left before one is let through."""
    client, left = aws.dynamodb(), [7]
    let_through = client.transact_write_items

    def clash(**asked: Any) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise client.exceptions.TransactionCanceledException(CLASH, "TransactWriteItems")
        return let_through(**asked)

    monkeypatch.setattr(client, "transact_write_items", clash)
    monkeypatch.setattr("time.sleep", lambda _: None)
    return left


def test_a_transaction_waits_for_its_turn(tries: list[int]) -> None:
    table.transact([table.put(KEY, {})])
    assert tries == [-1]
    assert KEY in table.batch_get([KEY])


def test_one_that_never_gets_it_is_told_to_come_back(tries: list[int]) -> None:
    tries[0] = 100
    with pytest.raises(TooMany):
        table.transact([table.put(KEY, {})])
    assert table.batch_get([KEY]) == {}
