"""The fleet table: keys, reads of several items at once, transactions, and queries that go on where they must."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from fleet.aws import clients
from fleet.errors import Stale, TooMany, Unexpected

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Key = tuple[str, str]
"""Partition and sort key of an item."""
Item = Mapping[str, "AttributeValueTypeDef"]
Write = dict[str, dict[str, Any]]
"""One write of a transaction."""

_TRIES = 4
_CLASHES = 7
"""Tries of a transaction that meets others on its items: of those that begin at once, each finds its turn."""


def table() -> str:
    return clients.setting("FLEET_TABLE")


def key(pair: Key) -> dict[str, Any]:
    return {"pk": {"S": pair[0]}, "sk": {"S": pair[1]}}


def text(item: Item, name: str) -> str | None:
    """A string attribute, or None."""
    return item[name]["S"] if name in item else None


def batch_get(keys: Sequence[Key]) -> dict[Key, Item]:
    """The items that exist, by key, read consistently in one request (at most 100 keys, each once)."""
    found: dict[Key, Item] = {}
    request: Any = {table(): {"Keys": [key(pair) for pair in dict.fromkeys(keys)], "ConsistentRead": True}}
    for tries in range(_TRIES):
        answer = clients.dynamodb().batch_get_item(RequestItems=request)
        for item in answer["Responses"].get(table(), []):
            found[item["pk"]["S"], item["sk"]["S"]] = item
        request = answer.get("UnprocessedKeys")
        if not request:
            return found
        time.sleep(0.05 * 2**tries)
    raise Unexpected


def put(pair: Key, attributes: Mapping[str, Any], condition: str | None = "attribute_not_exists(pk)", **values: Any) -> Write:
    """A put of a transaction; by default of an item that must be new."""
    return {"Put": _conditional({"TableName": table(), "Item": {**key(pair), **attributes}}, condition, values)}


def update(pair: Key, expression: str, condition: str | None = "attribute_exists(pk)", **values: Any) -> Write:
    """An update of a transaction; by default of an item that must be there."""
    return {"Update": _conditional({"TableName": table(), "Key": key(pair), "UpdateExpression": expression}, condition, values)}


def delete(pair: Key, condition: str | None = "attribute_exists(pk)", **values: Any) -> Write:
    """A delete of a transaction; by default of an item that must be there."""
    return {"Delete": _conditional({"TableName": table(), "Key": key(pair)}, condition, values)}


def check(pair: Key, condition: str, **values: Any) -> Write:
    """A condition of a transaction on an item that it does not write."""
    return {"ConditionCheck": _conditional({"TableName": table(), "Key": key(pair)}, condition, values)}


def _conditional(write: dict[str, Any], condition: str | None, values: Mapping[str, Any]) -> dict[str, Any]:
    if condition:
        write["ConditionExpression"] = condition
    if values:
        write["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
    return write


class Refused(Stale):
    """A condition of a transaction did not hold; `failed` numbers the writes whose condition it was."""

    def __init__(self, failed: Sequence[int]) -> None:
        self.failed = failed
        super().__init__()


def transact(writes: Sequence[Write]) -> None:
    """Do all of the writes or none. Refused when a condition fails; a clash with another transaction is tried again.

    TooMany when it clashes every time: nothing is done, and the caller may repeat.
    """
    client = clients.dynamodb()
    for tries in range(_CLASHES):
        if tries:  # those that clash must not come again all at the same moment
            time.sleep(random.uniform(0, 0.02 * 2**tries))
        try:
            client.transact_write_items(TransactItems=cast("Any", writes))
            return
        except client.exceptions.TransactionCanceledException as error:
            codes = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
            failed = [number for number, code in enumerate(codes) if code == "ConditionalCheckFailed"]
            if failed:
                raise Refused(failed) from None
            if "TransactionConflict" not in codes:
                raise
    raise TooMany("Too much is being changed at once")


def query(
    condition: str,
    values: Mapping[str, str],
    *,
    limit: int | None = None,
    page: int | None = None,
    backward: bool = False,
    start: Key | None = None,
) -> Iterator[Item]:
    """The items of one partition in order, up to a limit; further requests are made only while items are asked for.

    `page` is how many items a request brings, for a caller that cannot tell how many it needs.
    """
    request: dict[str, Any] = {
        "TableName": table(),
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": {f":{name}": {"S": value} for name, value in values.items()},
        "ConsistentRead": True,
        "ScanIndexForward": not backward,
    }
    if start:
        request["ExclusiveStartKey"] = key(start)
    left = limit
    while left is None or left > 0:
        if wanted := page or left:
            request["Limit"] = wanted
        answer = clients.dynamodb().query(**request)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        left = None if left is None else left - len(answer["Items"])
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
