"""The partition keys that a request to DynamoDB names, which IAM calls its leading keys. Tables call theirs `pk`; none has an index."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_KEY = "pk"
_PARTS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem", "Get": "GetItem"}
_EQUALITY = re.compile(r"([#\w]+)\s*=\s*(:\w+)")


def leading_keys(action: str, table: str, body: Mapping[str, Any]) -> list[str]:
    """The partition keys, each once, that a request names of a table for an action (`dynamodb:PutItem`).

    Of a transaction they are those of the items that the action is done to. There are none in a scan, in a query of an index, and in one
    with the old `KeyConditions`. Raises KeyError or TypeError for an item without a text as its key, which no table here has.
    """
    return sorted(set(_keys(action.partition(":")[2], table, body)))


def _keys(action: str, table: str, body: Mapping[str, Any]) -> Iterator[str]:
    for item in body.get("TransactItems", ()):
        for part, request in item.items():
            if (_PARTS[part], request["TableName"]) == (action, table):
                yield from _of_one(request)
    of_table = body.get("RequestItems", {}).get(table, {})
    if isinstance(of_table, list):  # BatchWriteItem
        for write in of_table:
            for request in write.values():
                yield from _of_one(request)
    else:
        for key in of_table.get("Keys", ()):
            yield _text(key)
    yield from _of_one(body)


def _of_one(request: Mapping[str, Any]) -> Iterator[str]:
    """The key of a request on one item, or on one partition."""
    for member in ("Key", "Item"):
        if member in request:
            yield _text(request[member])
    if "KeyConditionExpression" in request and "IndexName" not in request:
        names = {_KEY, *(short for short, name in request.get("ExpressionAttributeNames", {}).items() if name == _KEY)}
        for name, value in _EQUALITY.findall(request["KeyConditionExpression"]):
            if name in names:
                yield request["ExpressionAttributeValues"][value]["S"]


def _text(item: Mapping[str, Any]) -> str:
    text: str = item[_KEY]["S"]
    return text
