"""A meter of DynamoDB's read and write units, computed from the sizes of items.

The rules are those of DynamoDB's developer guide: "item sizes and formats" and "read and write operations".
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import boto3

from fleet.aws import clients

Item = Mapping[str, Any]
_READ, _WRITE = 4096, 1024
_CONSISTENT = 2
"""Half units of a consistent read; an eventually consistent read costs one, a transactional read four."""


def size(item: Item | None) -> int:
    """The size of an item in bytes: UTF-8 names, and values. None, a missing item, has size 0."""
    return sum(len(name.encode()) + value_size(value) for name, value in (item or {}).items())


def value_size(typed: Mapping[str, Any]) -> int:
    """The size of an attribute's value in bytes, without its name."""
    ((kind, value),) = typed.items()
    if kind in ("NULL", "BOOL"):
        return 1
    if kind in ("SS", "NS", "BS"):
        return sum(value_size({kind[0]: each}) for each in value)
    if kind == "L":
        return 3 + sum(1 + value_size(each) for each in value)
    if kind == "M":
        return 3 + size(value) + len(value)
    return _number_size(value) if kind == "N" else len(value.encode() if kind == "S" else value)


def _number_size(number: str) -> int:
    """One byte for two significant digits, plus one; a sign takes a byte."""
    digits = number.lstrip("+-").lower().partition("e")[0].replace(".", "").strip("0")
    return math.ceil(len(digits) / 2) + 1 + number.startswith("-")


def read_units(bytes_read: int, half_units: int = _CONSISTENT) -> float:
    """Units of a read of this size; a missing item costs as much as the smallest one."""
    return max(1, math.ceil(bytes_read / _READ)) * half_units / 2


def write_units(*sizes: int) -> int:
    """Units of a write, by the larger of the item before and after."""
    return max(1, math.ceil(max(sizes) / _WRITE))


class Meter:
    """Counts the DynamoDB requests and units of the functions' clients while it is open."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.reads = 0.0
        self.writes = 0
        self._client: Any = None
        self._overwritten: list[tuple[str, Item, Item | None]] = []
        self._before: list[Item | None] = []
        self._asked: dict[str, Any] = {}

    def __enter__(self) -> Meter:
        self._client = boto3.client("dynamodb")  # a separate client: the meter's own reads are not counted
        for events, event, listener in self._listeners():
            events.register(event, listener)
        return self

    def __exit__(self, *_: object) -> None:
        for events, event, listener in self._listeners():
            events.unregister(event, listener)

    def clear(self) -> None:
        """Reset the counts."""
        self.requests, self.reads, self.writes = [], 0.0, 0

    def undo(self) -> None:
        """Undo all writes since the meter was opened."""
        while self._overwritten:
            table, key, before = self._overwritten.pop()
            if before is None:
                self._client.delete_item(TableName=table, Key=key)
            else:
                self._client.put_item(TableName=table, Item=before)

    def _listeners(self) -> Iterator[tuple[Any, str, Any]]:
        for client in (clients.dynamodb(), clients.dynamodb_in_passing()):
            yield client.meta.events, "provide-client-params.dynamodb.*", self._asking
            yield client.meta.events, "before-send.dynamodb.*", self._sending
            yield client.meta.events, "after-call.dynamodb.*", self._answered

    def _asking(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self._asked = params
        written = list(_written(model.name, params))
        self._before = [self._stored(table, key) for table, key in written]
        self._overwritten += [(table, key, before) for (table, key), before in zip(written, self._before, strict=True)]

    def _sending(self, event_name: str, **_: Any) -> None:
        self.requests.append(event_name.rpartition(".")[2])

    def _answered(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        if "Error" not in parsed:
            self.reads += _read(model.name, self._asked, parsed)
        factor = 2 if model.name == "TransactWriteItems" else 1
        for before, (table, key) in zip(self._before, _written(model.name, self._asked), strict=True):
            after = None if "Error" in parsed else self._stored(table, key)
            self.writes += factor * write_units(size(before), size(after))

    def _stored(self, table: str, key: Item) -> Item | None:
        found: Item | None = self._client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
        return found


def _written(operation: str, asked: Mapping[str, Any]) -> Iterator[tuple[str, Item]]:
    """Table and key of each item that a request writes or, in a transaction, checks, which costs as much as a write."""
    if operation == "TransactWriteItems":
        for ((_, write),) in (each.items() for each in asked["TransactItems"]):
            yield write["TableName"], _key(write)
    elif operation == "BatchWriteItem":
        for table, writes in asked["RequestItems"].items():
            for ((_, write),) in (each.items() for each in writes):
                yield table, _key(write)
    elif operation in ("PutItem", "UpdateItem", "DeleteItem"):
        yield asked["TableName"], _key(asked)


def _key(write: Mapping[str, Any]) -> Item:
    """The key of a write; for a put, taken from the item. Every table has `pk` and `sk`."""
    key: Item = write.get("Key") or {name: write["Item"][name] for name in ("pk", "sk")}
    return key


def _read(operation: str, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    if operation == "GetItem":
        return read_units(size(answer.get("Item")), _halves(asked))
    if operation == "Query":
        assert not {"FilterExpression", "ProjectionExpression", "IndexName", "Select"} & asked.keys(), "the meter sees only what comes back"
        return read_units(sum(map(size, answer["Items"])), _halves(asked))
    if operation == "BatchGetItem":
        return sum(_batch_units(wanted, answer["Responses"].get(table, [])) for table, wanted in asked["RequestItems"].items())
    if operation == "TransactGetItems":
        return sum(read_units(size(each.get("Item")), 2 * _CONSISTENT) for each in answer["Responses"])
    return 0.0


def _batch_units(wanted: Mapping[str, Any], found: list[Item]) -> float:
    """Each item of a batch is rounded up separately, and a missing item costs too."""
    missing = len(wanted["Keys"]) - len(found)
    return sum(read_units(each, _halves(wanted)) for each in [*map(size, found), *[0] * missing])


def _halves(asked: Mapping[str, Any]) -> int:
    return _CONSISTENT if asked.get("ConsistentRead") else 1
