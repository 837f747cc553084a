"""The fleet table: its keys, and queries that go on where they must."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fleet.access import Reach
from fleet.aws import clients

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Key = tuple[str, str]
"""Partition and sort key of an item."""
Item = Mapping[str, "AttributeValueTypeDef"]


def table() -> str:
    return clients.setting("FLEET_TABLE")


def key(pair: Key) -> dict[str, Any]:
    return {"pk": {"S": pair[0]}, "sk": {"S": pair[1]}}


def text(item: Item, name: str) -> str | None:
    """A string attribute, or None."""
    return item[name]["S"] if name in item else None


def query(
    reach: Reach,
    organization: str | None,
    kind: str,
    condition: str,
    values: Mapping[str, str],
    *,
    limit: int | None = None,
    page: int | None = None,
    backward: bool = False,
    start: Key | None = None,
) -> Iterator[Item]:
    """The items of one partition in order, up to a limit; requests are made only while items are asked for.

    `organization` is whose the partition is, None for nobody's: NotFound, with the kind of thing, when the reach does not cover it.
    `page` is how many items a request brings, for a caller that cannot tell how many it needs.
    """
    reach.demand(organization, kind)
    request: dict[str, Any] = {
        "TableName": table(),
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": {f":{name}": {"S": value} for name, value in values.items()},
        "ConsistentRead": True,
        "ScanIndexForward": not backward,
    }
    if start:
        request["ExclusiveStartKey"] = key(start)
    return _pages(request, limit, page)


def _pages(request: dict[str, Any], limit: int | None, page: int | None) -> Iterator[Item]:
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
