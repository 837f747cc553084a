"""Repair of MiniStack 1.5.33's policies: `dynamodb:LeadingKeys`, which it gives no value to, is taken from the request.

Of a transaction, they are the partition keys of the items that the action which is checked is done to.
"""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_actions, iam_evaluator

_PARTS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem", "Get": "GetItem"}

_body: ContextVar[bytes] = ContextVar("body", default=b"")


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


def bodies() -> None:
    """Remember the body of a request while its permissions are checked, which happens in its own task."""
    extract = iam_actions.extract_iam_action

    def extract_and_remember(service: str, method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        _body.set(body if service == "dynamodb" else b"")
        return extract(service, method, path, headers, body, query)

    iam_actions.extract_iam_action = extract_and_remember


def condition() -> None:
    """Give the condition key its values; none where the request names no partition key, as a scan."""
    resolve = iam_evaluator._resolve_condition_key

    def resolve_key(key: str, context: Any) -> Any:
        if key.lower() != "dynamodb:leadingkeys":
            return resolve(key, context)
        return leading_keys(context.action, context.resource_arn.rpartition("/")[2], json.loads(_body.get() or b"{}")) or None

    iam_evaluator._resolve_condition_key = resolve_key


def apply() -> None:
    bodies()
    condition()
