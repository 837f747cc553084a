"""The tables of the AWS in memory, made quick: they keep DynamoDB's limit and hand out rows as they were and as they are."""

from __future__ import annotations

import os
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

ROW = {"pk": "T#1", "sk": "A", "list": [{"kept": 1}], "bytes": b"\x00\xff", "map": {"deep": [b"\x01", None, True]}}


@pytest.fixture
def table(cloud: object) -> Any:
    return boto3.resource("dynamodb").Table(os.environ["FLEET_TABLE"])


def test_a_row_comes_back_as_it_was_put(table: Any) -> None:
    table.put_item(Item=ROW)
    (found,) = table.query(KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": "T#1"})["Items"]
    got = table.get_item(Key={"pk": "T#1", "sk": "A"})["Item"]
    plain = got | {"bytes": bytes(got["bytes"]), "map": {"deep": [bytes(got["map"]["deep"][0]), *got["map"]["deep"][1:]]}}
    assert (found, plain) == (got, ROW)


def test_a_query_finds_its_partition_alone_and_what_was_found_does_not_change(table: Any) -> None:
    table.put_item(Item=ROW)
    table.put_item(Item=ROW | {"pk": "T#2"})
    query = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": "T#1"}}
    before = table.query(**query)["Items"]
    table.update_item(
        Key={"pk": "T#1", "sk": "A"},
        UpdateExpression="SET #list[0].kept = :two",
        ExpressionAttributeNames={"#list": "list"},
        ExpressionAttributeValues={":two": 2},
    )
    (after,) = table.query(**query)["Items"]
    assert ([row["list"] for row in before], after["list"]) == ([[{"kept": 1}]], [{"kept": 2}])
    assert table.get_item(Key={"pk": "T#2", "sk": "A"})["Item"]["list"] == [{"kept": 1}]


@pytest.mark.parametrize("size", [400_000, 410_000])
def test_a_row_of_more_than_400_kib_is_refused(table: Any, size: int) -> None:
    halves = dict.fromkeys(("one", "two"), "x" * (size // 2))
    if size == 400_000:
        table.put_item(Item={"pk": "T#1", "sk": "A", **halves})
    else:
        with pytest.raises(ClientError, match="Item size has exceeded"):
            table.put_item(Item={"pk": "T#1", "sk": "A", **halves})
