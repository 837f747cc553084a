"""The local cloud allows a request on rows where a grant names all of their partition keys, as AWS does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from muster.rehearse import ledger
from tests.cloud.enforcing import TABLE, Role, enforcing

pytestmark = pytest.mark.cloud

_ACTIONS = (
    *("GetItem", "BatchGetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem", "BatchWriteItem"),
    *("PartiQLSelect", "PartiQLInsert"),
)
_ROWS = {"dynamodb:LeadingKeys": ["CAR#*", "DAY#??"]}
_NAMED = {"ForAllValues:StringLike": _ROWS, "Null": {"dynamodb:LeadingKeys": "false"}}
_OF_CARS, _OF_OTHERS = {":pk": {"S": "CAR#1"}}, {":pk": {"S": "BIKE#1"}}


def _statement(condition: Mapping[str, Any], *actions: str) -> dict[str, Any]:
    names = [f"dynamodb:{action}" for action in actions or _ACTIONS]
    return {"Effect": "Allow", "Action": names, "Resource": [f"{TABLE}Fleet", f"{TABLE}Fleet/index/*"], "Condition": condition}


@pytest.fixture(scope="module")
def role(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Role]:
    """A role that may do everything to cars and days."""
    with enforcing(tmp_path_factory.mktemp("cloud")):
        yield Role("keys", [_statement(_NAMED)])


def _key(pk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": "x"}}


def _batch(*keys: str, table: str = "Fleet") -> dict[str, Any]:
    return {"RequestItems": {table: {"Keys": [_key(key) for key in keys]}}}


def _writes(*writes: tuple[str, str]) -> dict[str, Any]:
    """A transaction: the kinds of writes, and the partition keys of their items."""
    members = {"Put": "Item"}
    return {"TransactItems": [{kind: {"TableName": "Fleet", members.get(kind, "Key"): _key(pk)}} for kind, pk in writes]}


def _query(condition: str, values: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"TableName": "Fleet", "KeyConditionExpression": condition, "ExpressionAttributeValues": values, **more}


_AND_MORE = {":sk": {"S": "CAR#2"}}
CASES: list[tuple[str, str, dict[str, Any], bool]] = [
    ("one item", "GetItem", {"TableName": "Fleet", "Key": _key("CAR#1")}, True),
    ("one item of another kind", "GetItem", {"TableName": "Fleet", "Key": _key("BIKE#1")}, False),
    ("a longer key than the pattern", "GetItem", {"TableName": "Fleet", "Key": _key("DAY#123")}, False),
    ("another case", "GetItem", {"TableName": "Fleet", "Key": _key("car#1")}, False),
    ("an item of another table", "GetItem", {"TableName": "Series", "Key": _key("CAR#1")}, False),
    ("a put", "PutItem", {"TableName": "Fleet", "Item": _key("CAR#1")}, True),
    ("a put of another kind", "PutItem", {"TableName": "Fleet", "Item": _key("BIKE#1")}, False),
    ("an update", "UpdateItem", {"TableName": "Fleet", "Key": _key("CAR#1")}, True),
    ("an update of another kind", "UpdateItem", {"TableName": "Fleet", "Key": _key("BIKE#1")}, False),
    ("a deletion", "DeleteItem", {"TableName": "Fleet", "Key": _key("CAR#1")}, True),
    ("a deletion of another kind", "DeleteItem", {"TableName": "Fleet", "Key": _key("BIKE#1")}, False),
    ("a batch of two kinds", "BatchGetItem", _batch("CAR#1", "DAY#12"), True),
    ("a batch with one of another kind", "BatchGetItem", _batch("CAR#1", "BIKE#1"), False),
    ("a batch of another table", "BatchGetItem", _batch("CAR#1", table="Series"), False),
    ("a batch of writes", "BatchWriteItem", {"RequestItems": {"Fleet": [{"PutRequest": {"Item": _key("CAR#1")}}]}}, True),
    ("one of another kind among them", "BatchWriteItem", {"RequestItems": {"Fleet": [{"DeleteRequest": {"Key": _key("BIKE#1")}}]}}, False),
    ("a transaction", "TransactWriteItems", _writes(("Put", "CAR#1"), ("Update", "DAY#12"), ("ConditionCheck", "CAR#2")), True),
    *(
        (f"{kind} of another kind in one", "TransactWriteItems", _writes(("Put", "CAR#1"), (kind, "BIKE#1")), False)
        for kind in ("Put", "Update", "Delete", "ConditionCheck")
    ),
    ("reads in a transaction", "TransactGetItems", {"TransactItems": [{"Get": {"TableName": "Fleet", "Key": _key("CAR#1")}}]}, True),
    ("of another kind", "TransactGetItems", {"TransactItems": [{"Get": {"TableName": "Fleet", "Key": _key("BIKE#1")}}]}, False),
    ("a query", "Query", _query("pk = :pk", _OF_CARS), True),
    ("a query of another kind", "Query", _query("pk = :pk", _OF_OTHERS), False),
    ("a query in other words", "Query", _query("(#p=:pk) AND sk > :sk", _OF_CARS | _AND_MORE, ExpressionAttributeNames={"#p": "pk"}), True),
    ("and of another kind", "Query", _query("(#p=:pk) AND sk > :sk", _OF_OTHERS | _AND_MORE, ExpressionAttributeNames={"#p": "pk"}), False),
    ("one whose sort key is named first", "Query", _query("sk = :sk AND pk = :pk", _OF_OTHERS | _AND_MORE), False),
    ("one of an index, whose key is another", "Query", _query("pk = :pk", _OF_CARS, IndexName="by-name"), False),
    ("a scan", "Scan", {"TableName": "Fleet"}, False),
    ("a statement", "ExecuteStatement", {"Statement": "SELECT * FROM \"Fleet\" WHERE pk = 'CAR#1'"}, False),
]


@pytest.mark.parametrize(("operation", "request_", "allowed"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_request_needs_a_grant_for_all_of_its_rows(role: Role, operation: str, request_: dict[str, Any], allowed: bool) -> None:
    assert role.may(operation, request_) is allowed


def test_two_statements_do_not_cover_a_batch_together(role: Role) -> None:
    each = [{**_NAMED, "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [pattern]}} for pattern in ("CAR#*", "DAY#??")]
    apart = Role("apart", [_statement(condition) for condition in each])
    assert apart.may("BatchGetItem", _batch("CAR#1", "CAR#2"))
    assert not apart.may("BatchGetItem", _batch("CAR#1", "DAY#12"))


def test_without_null_a_request_without_keys_is_allowed(role: Role) -> None:
    """Why every statement on a table has it."""
    open_ = Role("open", [_statement({"ForAllValues:StringLike": _ROWS})])
    assert open_.may("Scan", {"TableName": "Fleet"})
    assert not open_.may("GetItem", {"TableName": "Fleet", "Key": _key("BIKE#1")})


def test_a_transaction_needs_each_action_for_the_rows_that_it_is_done_to(role: Role) -> None:
    cars = {**_NAMED, "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["CAR#*"]}}
    days = {**_NAMED, "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["DAY#??"]}}
    writer = Role("writer", [_statement(cars, "PutItem"), _statement(days, "ConditionCheckItem")])
    assert writer.may("TransactWriteItems", _writes(("Put", "CAR#1"), ("ConditionCheck", "DAY#12")))
    assert not writer.may("TransactWriteItems", _writes(("Put", "DAY#12"), ("ConditionCheck", "CAR#1")))


def test_the_ledger_is_a_line_for_each_check_and_its_keys(tmp_path_factory: pytest.TempPathFactory) -> None:
    with enforcing(tmp_path_factory.mktemp("ledger")) as file:
        own = Role("own", [_statement(_NAMED)])
        own.may("TransactWriteItems", _writes(("Put", "CAR#2"), ("Put", "CAR#1"), ("Delete", "BIKE#1")))
        own.may("Scan", {"TableName": "Fleet"})
        assert ledger.read(file) == [
            ledger.Entry("own", "dynamodb:PutItem", f"{TABLE}Fleet", True, ("CAR#1", "CAR#2")),
            ledger.Entry("own", "dynamodb:DeleteItem", f"{TABLE}Fleet", False, ("BIKE#1",)),
            ledger.Entry("own", "dynamodb:Scan", f"{TABLE}Fleet", False),
        ]
