"""The contents of the tables, read from the AWS in memory without requests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from fleet.aws import clients, table
from fleet.outbox.messages import PREFIX
from tests.harness.aws import partition, restore, snapshot

T = TypeVar("T")


def outbox_of(sn: str) -> list[dict[str, Any]]:
    """The messages in a gateway's outbox, oldest first."""
    return [json.loads(row["body"]["S"]) for row in partition("FleetTable", f"{PREFIX}{sn}")]


def remove(pair: table.Key) -> None:
    """Delete an item of the fleet table: no route does that yet."""
    clients.dynamodb().delete_item(TableName=table.table(), Key=table.key(pair))


@contextmanager
def unchanged() -> Iterator[None]:
    """Check that the block changes no item of any table, not even to an equal one."""
    before = _items()
    yield
    after = _items()
    assert after.keys() == before.keys(), f"added {after.keys() - before.keys()}, removed {before.keys() - after.keys()}"
    assert not {key for key, held in after.items() if held is not before[key]}


@contextmanager
def items_written() -> Iterator[list[dict[str, Any]]]:
    """Collect the items that the block adds or changes, for a search for secrets. There must be some."""
    before, found = _items(), list[dict[str, Any]]()
    yield found
    found += [held.to_json()["Attributes"] for key, held in _items().items() if held is not before.get(key)]
    assert found


def restored_after_each(cases: Iterable[T]) -> Iterator[T]:
    """Yield each case and restore the tables after it."""
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
