"""Repair of MiniStack 1.5.33's policies: `dynamodb:LeadingKeys`, which it gives no value to, is taken from the request.

Of a transaction, they are the partition keys of the items that the action which is checked is done to.
"""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ministack.core import iam_evaluator

_PARTS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem", "Get": "GetItem"}


def leading_keys(action: str, table: str, body: Mapping[str, Any]) -> list[str]:
    """The partition keys, all called `pk`, that a request names of a table for an action (`dynamodb:PutItem`)."""
    return sorted(set(_keys(action.partition(":")[2], table, body)))


def _keys(action: str, table: str, body: Mapping[str, Any]) -> Iterator[str]:
    for item in body.get("TransactItems", ()):
        for part, request in item.items():
            if (_PARTS[part], request["TableName"]) == (action, table):
                yield from _keys(action, table, request)
    for key in body.get("RequestItems", {}).get(table, {}).get("Keys", ()):
        yield key["pk"]["S"]
    for member in ("Key", "Item"):
        if member in body:
            yield body[member]["pk"]["S"]
    if "KeyConditionExpression" in body:
        name = body["KeyConditionExpression"].partition("pk = ")[2].split()[0]
        yield body["ExpressionAttributeValues"][name]["S"]


def apply() -> None:
    """Give the condition key its values; none where the request names no partition key, as a scan."""
    resolve = iam_evaluator._resolve_condition_key

    def resolve_key(key: str, context: Any) -> Any:
        if key.lower() != "dynamodb:leadingkeys":
            return resolve(key, context)
        request = iam_evaluator._signed_request.get()
        body = json.loads(request.body or b"{}") if request else {}
        return leading_keys(context.action, context.resource_arn.rpartition("/")[2], body) or None

    iam_evaluator._resolve_condition_key = resolve_key
