"""The meter follows DynamoDB's developer guide."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws import clients, table
from fleet.aws.reads import every, fetch, unchecked_item
from fleet.aws.writes import THERE, Refused, Write, transact
from tests.harness.fleet import Fleet
from tests.harness.meter import Meter, read_units, size, value_size, write_units

KB = 1024


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"S": "übermut"}, 8),
        ({"N": "5"}, 2),
        ({"N": "12345"}, 4),
        ({"N": "-12345"}, 5),
        ({"N": "0.00120"}, 2),
        ({"N": "1200000"}, 2),
        ({"N": "0"}, 1),
        ({"B": b"123"}, 3),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["ab", "c"]}, 3),
        ({"NS": ["12", "345"]}, 5),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"BOOL": False}]}, 3 + (1 + 2) + (1 + 1)),
        ({"M": {}}, 3),
        ({"M": {"n": {"N": "12345"}, "b": {"B": b"12"}}}, 3 + (1 + 1 + 4) + (1 + 1 + 2)),
    ],
    ids=str,
)
def test_a_value_has_its_size(value: dict[str, Any], expected: int) -> None:
    assert value_size(value) == expected


def test_an_item_is_its_names_and_values() -> None:
    """The guide's example: a colour and a price list, whose names count as their values do."""
    assert size({"Shirt-Color": {"S": "R"}, "Shirt-Size": {"S": "M"}}) == 23
    assert size(None) == 0


@pytest.mark.parametrize(
    ("kilobytes", "consistent", "eventual", "transactional"),
    [(0, 1, 0.5, 2), (1, 1, 0.5, 2), (3, 1, 0.5, 2), (4, 1, 0.5, 2), (4.5, 2, 1, 4), (8, 2, 1, 4), (10, 3, 1.5, 6)],
)
def test_reads_are_rounded_to_four_kilobytes(kilobytes: float, consistent: float, eventual: float, transactional: float) -> None:
    read = int(kilobytes * KB)
    assert (read_units(read), read_units(read, 1), read_units(read, 4)) == (consistent, eventual, transactional)


def test_writes_are_rounded_to_a_kilobyte() -> None:
    assert [write_units(each) for each in (0, 1, 500, KB, KB + 1, 3 * KB + 512)] == [1, 1, 1, 1, 2, 4]
    assert write_units(2 * KB, 500) == write_units(500, 2 * KB) == 2


@pytest.fixture
def meter(fleet: Fleet) -> Any:
    with Meter() as open_meter:
        yield open_meter


def put(name: str, kilobytes: float, **more: Any) -> None:
    """Store an item of exactly this size, including its key."""
    key = table.key((name, "a"))
    pad = int(kilobytes * KB) - size(key) - len("pad")
    clients.dynamodb().put_item(TableName=table.table(), Item={**key, "pad": {"S": "x" * pad}}, **more)


def spent(meter: Meter) -> tuple[float, int]:
    """Read and write units since the last call."""
    found = meter.reads, meter.writes
    meter.clear()
    return found


class TestRequests:
    """The cost of a request, from the request, the response, and the table before and after."""

    def test_get(self, meter: Meter) -> None:
        put("one", 5)
        meter.clear()
        for consistent, units in ((True, 2), (False, 1)):
            clients.dynamodb().get_item(TableName=table.table(), Key=table.key(("one", "a")), ConsistentRead=consistent)
            assert spent(meter) == (units, 0)
        clients.dynamodb().get_item(TableName=table.table(), Key=table.key(("none", "a")))
        assert meter.requests == ["GetItem"]
        assert spent(meter) == (0.5, 0)

    def test_a_batch_rounds_each_item_by_itself(self, meter: Meter) -> None:
        """The guide's example: 1.5 KB and 6.5 KB are 4 and 8 KB, not 8 for both; an item that is not there costs too."""
        put("one", 1.5)
        put("two", 6.5)
        meter.clear()
        fetch(EVERYWHERE, every({name: unchecked_item((name, "a")) for name in ("one", "two", "none")}))
        assert spent(meter) == (1 + 2 + 1, 0)

    def test_a_query_rounds_the_sum(self, meter: Meter) -> None:
        put("one", 1.5)
        meter.clear()
        assert len(list(table.query(EVERYWHERE, None, "Row", "pk = :pk", {"pk": "one"}))) == 1
        assert list(table.query(EVERYWHERE, None, "Row", "pk = :pk", {"pk": "none"})) == []
        assert spent(meter) == (1 + 1, 0)

    def test_a_write_counts_the_larger_of_before_and_after(self, meter: Meter) -> None:
        put("one", 1)
        put("one", 2.5)
        put("one", 0.5)
        assert spent(meter) == (0, 1 + 3 + 3)
        clients.dynamodb().update_item(
            TableName=table.table(),
            Key=table.key(("one", "a")),
            UpdateExpression="SET more = :m",
            ExpressionAttributeValues={":m": {"S": "y" * KB}},
        )
        clients.dynamodb().delete_item(TableName=table.table(), Key=table.key(("one", "a")))
        clients.dynamodb().delete_item(TableName=table.table(), Key=table.key(("one", "a")))
        assert spent(meter) == (0, 2 + 2 + 1)

    def test_a_refused_write_costs_what_is_there(self, meter: Meter) -> None:
        put("one", 2.5)
        meter.clear()
        refused = clients.dynamodb().exceptions.ConditionalCheckFailedException
        with pytest.raises(refused):
            put("one", 9, ConditionExpression="attribute_not_exists(pk)")
        with pytest.raises(refused):
            put("none", 9, ConditionExpression="attribute_exists(pk)")
        assert spent(meter) == (0, 3 + 1)

    def test_a_transaction_costs_twice(self, meter: Meter) -> None:
        put("one", 1.5)
        meter.clear()
        transact([Write.check(("one", "a"), THERE), Write.put(("two", "a"), {"pad": {"S": "x" * 100}})])
        assert spent(meter) == (0, 2 * (2 + 1))
        with pytest.raises(Refused):
            transact([Write.put(("one", "a"), {}), Write.put(("three", "a"), {})])
        assert spent(meter) == (0, 2 * (2 + 1))
        clients.dynamodb().transact_get_items(
            TransactItems=[{"Get": {"TableName": table.table(), "Key": table.key((name, "a"))}} for name in ("one", "none")]
        )
        assert spent(meter) == (2 + 2, 0)
