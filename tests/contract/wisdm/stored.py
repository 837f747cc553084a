"""What the tables hold: read by key from the AWS in memory, which is not asked for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from fleet.aws import clients, table
from tests.harness.aws import partition, restore, snapshot

T = TypeVar("T")


def sent_to(sn: str) -> list[dict[str, Any]]:
    """The messages in a gateway's outbox, oldest first."""
    return [json.loads(row["body"]["S"]) for row in partition("FleetTable", f"DOWNLINK#{sn}")]


def remove(pair: table.Key) -> None:
    """Take an item out of the fleet table, as no route does yet."""
    clients.dynamodb().delete_item(TableName=table.table(), Key=table.key(pair))


@contextmanager
def unchanged() -> Iterator[None]:
    """Hold that what is done inside leaves every item of every table as it is: the very object, not an equal one."""
    before = _items()
    yield
    after = _items()
    assert after.keys() == before.keys(), f"added {after.keys() - before.keys()}, removed {before.keys() - after.keys()}"
    assert not {key for key, held in after.items() if held is not before[key]}


@contextmanager
def written() -> Iterator[list[dict[str, Any]]]:
    """The items of all tables that what is done inside adds or changes, to be searched for secrets afterwards. There must be some."""
    before, found = _items(), list[dict[str, Any]]()
    yield found
    found += [held.to_json()["Attributes"] for key, held in _items().items() if held is not before.get(key)]
    assert found


def each_afresh(cases: Iterable[T]) -> Iterator[T]:
    """One case after the other: what a case changes in the tables is undone after it."""
    held = snapshot()
    for case in cases:
        yield case
        restore(held)


def _items() -> dict[tuple[str, str, str], Any]:
    return {
        (name, item.hash_key.value, item.range_key.value): item
        for name, partitions in snapshot().items()
        for items in partitions.values()
        for item in items.values()
    }
