"""Rows of the series table: stored where they are new or newer, and read in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from fleet.aws import clients
from fleet.aws.contention import AT_ONCE, batch_get, batch_write, repeated

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

RETENTION = timedelta(days=400)
"""How long measurements are stored."""
Row = Mapping[str, "AttributeValueTypeDef"]
Key = tuple[str, str]
"""Partition and sort key of a row."""


def second(at: datetime) -> str:
    """A time as it is in keys: UTC, whole seconds."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def expiry(at: datetime) -> Any:
    """The time to live of what was measured at this time."""
    return {"N": str(int((at + RETENTION).timestamp()))}


def store(pk: str, sk: str, attributes: Mapping[str, Any], condition: str | None = None, **values: Any) -> bool:
    """Put a row, if there is a condition only if it holds for the one that is there; False if it does not."""
    request: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
    if values:
        request["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
    try:
        _put({"pk": {"S": pk}, "sk": {"S": sk}, **attributes}, **request)
    except clients.dynamodb().exceptions.ConditionalCheckFailedException:
        return False
    return True


def some(pk: str, sks: Sequence[str]) -> dict[str, Row]:
    """At most AT_ONCE rows of one partition by their sort keys, as far as they are there. Unexpected as `batch_get` raises it."""
    rows = batch_get(clients.setting("SERIES_TABLE"), [{"pk": {"S": pk}, "sk": {"S": sk}} for sk in sks])
    return {row["sk"]["S"]: row for row in rows}


def many(keys: Iterable[Key]) -> dict[Key, Row]:
    """Any number of rows by their keys, as far as they are there; a request for a hundred keys."""
    found, rest = {}, iter(dict.fromkeys(keys))
    while batch := list(islice(rest, AT_ONCE)):
        for row in batch_get(clients.setting("SERIES_TABLE"), [_key(pair) for pair in batch]):
            found[row["pk"]["S"], row["sk"]["S"]] = row
    return found


def store_each(rows: Iterable[Row]) -> None:
    """Put rows, whatever is there, no two of one key. Not all or none: who calls this again after an error stores the rest."""
    batch_write(clients.setting("SERIES_TABLE"), ({"PutRequest": {"Item": row}} for row in rows))


def delete_each(keys: Iterable[Key]) -> None:
    """Delete rows, no two of one key. Doing it again, after it ended half-way, deletes the rest."""
    batch_write(clients.setting("SERIES_TABLE"), ({"DeleteRequest": {"Key": _key(pair)}} for pair in keys))


def update(
    pair: Key, expression: str, condition: str | None = None, *, names: Mapping[str, str] | None = None, values: Mapping[str, Any]
) -> Row | None:
    """Update a row. None when it is done; the row as it is (empty: there is none) when the condition does not hold."""
    parts = {
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
    }
    request: Any = {"UpdateExpression": expression, **{name: part for name, part in parts.items() if part}}
    client, name = clients.dynamodb(), clients.setting("SERIES_TABLE")
    try:
        repeated(lambda: client.update_item(TableName=name, Key=_key(pair), ReturnValuesOnConditionCheckFailure="ALL_OLD", **request))
    except client.exceptions.ConditionalCheckFailedException as error:
        response: Any = error.response
        found: Row = response.get("Item", {})
        return found
    return None


def first(pk: str, sk: str, value: float, now: int, until: int) -> float:
    """The value that was first put into a row, which expires at `until` (Unix seconds): this one, if there is none at `now`."""
    try:
        _put(
            {"pk": {"S": pk}, "sk": {"S": sk}, "value": {"N": repr(value)}, "ttl": {"N": str(until)}},
            ConditionExpression="attribute_not_exists(pk) OR #ttl <= :now",
            ExpressionAttributeNames={"#ttl": "ttl"},
            ExpressionAttributeValues={":now": {"N": str(now)}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except clients.dynamodb().exceptions.ConditionalCheckFailedException as error:
        response: Any = error.response
        return float(response["Item"]["value"]["N"])
    return value


def store_all(rows: Sequence[Row], replaced: Row | None) -> None:
    """Put rows in place of those that are there, all or none: if the first one has the count and body of `replaced`, or is not there.

    None: it must not be there. An error of DynamoDB when the condition fails: the caller's call is to be repeated.
    """
    client, name, first = clients.dynamodb(), clients.setting("SERIES_TABLE"), {"ConditionExpression": "attribute_not_exists(pk)"}
    puts: list[Any] = [{"Put": {"TableName": name, "Item": row}} for row in rows]
    if replaced is not None:
        first["ConditionExpression"] += " OR (n = :count AND body = :body)"
        puts[0]["Put"]["ExpressionAttributeValues"] = {":count": replaced["n"], ":body": replaced["body"]}
    puts[0]["Put"] |= first
    repeated(lambda: client.transact_write_items(TransactItems=puts))


def _key(pair: Key) -> dict[str, Any]:
    return {"pk": {"S": pair[0]}, "sk": {"S": pair[1]}}


def _put(row: Row, **request: Any) -> None:
    client, name = clients.dynamodb(), clients.setting("SERIES_TABLE")
    repeated(lambda: client.put_item(TableName=name, Item=row, **request))


def read(pk: str, first: str, last: str, *, page: int | None = None, backward: bool = False) -> Iterator[Row]:
    """The rows of one partition from one sort key to another, both included.

    `page` is how many rows the first request brings; who asks for more gets them in requests as large as they come (1 MB).
    """
    if first > last:  # DynamoDB refuses to look there
        return
    request: dict[str, Any] = {
        "TableName": clients.setting("SERIES_TABLE"),
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
        "ExpressionAttributeValues": {":pk": {"S": pk}, ":first": {"S": first}, ":last": {"S": last}},
        "ConsistentRead": True,
        "ScanIndexForward": not backward,
        **({"Limit": page} if page else {}),
    }
    while True:
        answer = clients.dynamodb().query(**request)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        request.pop("Limit", None)
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
