"""Reads of the whole fleet table, for the operator alone: no function may scan it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from fleet.aws import clients
from fleet.aws.table import Item, table


def beginning_with(pks: Collection[str], sks: Collection[str] = (), fields: Collection[str] = ()) -> Iterator[Item]:
    """The items whose partition key begins with one of `pks`, or whose sort key with one of `sks`; with these attributes, or all.

    Each item is read consistently, the table as a whole is not.
    """
    starts = [(name, each) for name, several in (("pk", pks), ("sk", sks)) for each in several]
    request: dict[str, Any] = {
        "TableName": table(),
        "ConsistentRead": True,
        "FilterExpression": " OR ".join(f"begins_with({name}, :s{number})" for number, (name, _) in enumerate(starts)),
        "ExpressionAttributeValues": {f":s{number}": {"S": start} for number, (_, start) in enumerate(starts)},
    }
    if fields:
        request["ProjectionExpression"] = ", ".join(f"#{name}" for name in fields)
        request["ExpressionAttributeNames"] = {f"#{name}": name for name in fields}
    for page in clients.dynamodb().get_paginator("scan").paginate(**request):
        yield from page["Items"]
