"""Writes of the fleet table, as a transaction or alone. Each condition has a name, so that who is refused knows which one failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast

from fleet.aws import clients
from fleet.aws.contention import cancellation_codes, repeated
from fleet.aws.table import Item, Key, key, table
from fleet.errors import Stale

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

NEW, THERE = "attribute_not_exists(pk)", "attribute_exists(pk)"
"""Conditions: nothing has the key; something has."""
_NAMES = {NEW: "taken", THERE: "gone"}


class Refused(Stale):
    """Conditions did not hold, and nothing was written. `failed` has their names."""

    def __init__(self, failed: Collection[str]) -> None:
        self.failed = frozenset(failed)
        super().__init__()


@dataclass(frozen=True)
class Write:
    """One write, or the check of an item that is not written: the DynamoDB operation and its parameters.

    `condition` is our name of what must hold, None where nothing must. It is not sent. Unless it is given, it follows
    from the partition key and the condition: `device-taken`, `device-gone` or `device-changed`.

    In `put`, `update`, `delete` and `check`, `names` are attribute names that are words of DynamoDB (`#ttl`), and further
    arguments the values of the expressions (`:before`).
    """

    operation: Literal["Put", "Update", "Delete", "ConditionCheck"]
    parameters: Mapping[str, Any]
    condition: str | None

    @classmethod
    def put(
        cls,
        pair: Key,
        attributes: Mapping[str, Any],
        condition: str | None = NEW,
        *,
        named: str | None = None,
        names: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Write:
        """Put an item; by default one that must be new."""
        parameters = {"Item": {**key(pair), **attributes}, **_expressions(condition, names, values)}
        return cls("Put", parameters, _name(pair, condition, named))

    @classmethod
    def update(
        cls,
        pair: Key,
        expression: str,
        condition: str | None = THERE,
        *,
        named: str | None = None,
        names: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Write:
        """Update an item; by default one that must be there."""
        parameters = {"Key": key(pair), "UpdateExpression": expression, **_expressions(condition, names, values)}
        return cls("Update", parameters, _name(pair, condition, named))

    @classmethod
    def delete(
        cls, pair: Key, condition: str | None = THERE, *, named: str | None = None, names: Mapping[str, str] | None = None, **values: Any
    ) -> Write:
        """Delete an item; by default one that must be there."""
        return cls("Delete", {"Key": key(pair), **_expressions(condition, names, values)}, _name(pair, condition, named))

    @classmethod
    def check(cls, pair: Key, condition: str, *, named: str | None = None, names: Mapping[str, str] | None = None, **values: Any) -> Write:
        """Check an item that the transaction does not write."""
        return cls("ConditionCheck", {"Key": key(pair), **_expressions(condition, names, values)}, _name(pair, condition, named))

    def of_table(self, name: str) -> Write:
        """The same write, of an item of another table than the fleet's; for transactions alone."""
        return replace(self, parameters={**self.parameters, "TableName": name})

    @property
    def pair(self) -> Key:
        """The key of the item."""
        named: Any = self.parameters.get("Item") or self.parameters["Key"]
        return named["pk"]["S"], named["sk"]["S"]


def unchanged(version: int) -> dict[str, Any]:
    """The condition of a write that an item still has this version, with its values. Version 0: nothing is stored."""
    return {"condition": "version = :before", "before": {"N": str(version)}} if version else {"condition": NEW}


def _name(pair: Key, condition: str | None, named: str | None) -> str | None:
    if condition is None:
        return None
    return named or f"{pair[0].partition('#')[0].lower()}-{_NAMES.get(condition, 'changed')}"


def _expressions(condition: str | None, names: Mapping[str, str] | None, values: Mapping[str, Any]) -> dict[str, Any]:
    parts = {
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
    }
    return {name: part for name, part in parts.items() if part}


def combined(writes: Iterable[Write]) -> list[Write]:
    """The writes, with those made one that add to numbers of the same item: a transaction has one write for an item."""
    made: dict[Hashable, Write] = {}
    for number, write in enumerate(writes):
        adds = write.parameters.get("UpdateExpression", "").startswith("ADD ")
        same = (write.pair, write.parameters.get("ConditionExpression"), write.condition) if adds else number
        made[same] = _sum(made[same], write) if same in made else write
    return list(made.values())


def _sum(first: Write, second: Write) -> Write:
    values = Counter[str]()
    for write in (first, second):
        values.update({name: int(value["N"]) for name, value in write.parameters["ExpressionAttributeValues"].items()})
    more = {
        "UpdateExpression": "ADD " + ", ".join(f"{name[1:]} {name}" for name in values),
        "ExpressionAttributeValues": {name: {"N": str(value)} for name, value in values.items()},
    }
    return replace(first, parameters={**first.parameters, **more})


def transact(writes: Sequence[Write]) -> None:
    """Do all of the writes or none, if there are any. Refused when a condition fails; what meets others is tried again.

    TooMany when it meets others, or is throttled, each time: nothing is written, and the caller may repeat. The SDK gives a
    transaction a token, so that sending it again after a lost answer does no harm.
    """
    if not writes:
        return
    client = clients.dynamodb()
    items = [{write.operation: {"TableName": table(), **write.parameters}} for write in writes]
    try:
        repeated(lambda: client.transact_write_items(TransactItems=cast("Any", items)))
    except client.exceptions.TransactionCanceledException as error:
        codes = cancellation_codes(error)
        failed = [write for write, code in zip(writes, codes, strict=False) if code == "ConditionalCheckFailed"]
        if not failed:
            raise
        raise Refused(_names(failed)) from None


def write_alone(write: Write) -> None:
    """Do one write without a transaction, at half the price. Refused when its condition fails; one that meets others is tried again.

    After a lost answer it is sent again, and may then be refused by what it wrote itself: so this is for callers to whom
    "done before" and "done now" are the same.
    """
    client = clients.dynamodb()
    try:
        repeated(lambda: _send(client, write))
    except client.exceptions.ConditionalCheckFailedException:
        raise Refused(_names([write])) from None


def write_in_passing(write: Write) -> str | None:
    """Do one write that the caller can do without: it is sent once, and given up after a second. Raises nothing.

    None when it is done, or its condition does not hold; else the reason why it is not: a code of AWS, or the kind of error. After a
    lost answer it may be done nevertheless.
    """
    client = clients.dynamodb_in_passing()
    try:
        _send(client, write)
    except client.exceptions.ConditionalCheckFailedException:
        return None
    except clients.failures() as error:
        return clients.reason(error)
    return None


def _send(client: DynamoDBClient, write: Write) -> None:
    operations: Mapping[str, Any] = {"Put": client.put_item, "Update": client.update_item, "Delete": client.delete_item}
    operations[write.operation](TableName=table(), **write.parameters)


def delete_each(items: Iterable[Item]) -> None:
    """Delete items that a query brings, one by one. Doing it again, after it ended half-way, deletes the rest."""
    for item in items:
        write_alone(Write.delete((item["pk"]["S"], item["sk"]["S"]), None))


def attempt(*writes: Write) -> bool:
    """Do all of the writes or none, a single one alone; False when a condition fails."""
    try:
        if len(writes) == 1:
            write_alone(*writes)
        else:
            transact(writes)
    except Refused:
        return False
    return True


def _names(writes: Sequence[Write]) -> set[str]:
    return {write.condition for write in writes if write.condition}
