"""Requests that DynamoDB refuses for the moment because of others at the same items, or because there are too many: they are sent again.

The SDK repeats a request that is throttled as a whole. It does not repeat a transaction that is cancelled for one of its items, a
single write that meets a transaction, or the keys that a BatchGetItem leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from fleet.aws import clients
from fleet.aws.backoff import attempts
from fleet.errors import TooMany, Unexpected

T = TypeVar("T")
AT_ONCE = 100
"""Keys that one BatchGetItem takes."""
WRITTEN_AT_ONCE = 25
"""Writes that one BatchWriteItem takes."""
PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
"""The reasons for cancelling a transaction that pass by themselves. Any other is final: a condition, an invalid or too large item."""


def repeated(send: Callable[[], T], busy: str = "Too much is being changed at once") -> T:
    """The answer to a request, which is sent again as long as it meets others. TooMany (`busy`) when it does each time.

    A refused request has written nothing, so each attempt is a new one: the SDK gives a transaction another token. Any other error is
    raised, a cancellation for a reason that is final too.
    """
    client = clients.dynamodb()
    for _ in attempts():
        try:
            return send()
        except client.exceptions.TransactionConflictException:
            continue
        except client.exceptions.TransactionCanceledException as error:
            if not PASSING.issuperset(reasons := set(cancellation_codes(error)) - {"None"}) or not reasons:
                raise
    raise TooMany(busy)


def batch_get(table: str, keys: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The items of a table with these keys, at most AT_ONCE, as far as they are there, strongly consistent and in no order.

    Keys that are left out are asked for again. Unexpected when some are each time.
    """
    found: list[Any] = []
    request: Any = {table: {"Keys": keys, "ConsistentRead": True}}
    for _ in attempts():
        answer = clients.dynamodb().batch_get_item(RequestItems=request)
        found += answer["Responses"].get(table, [])
        request = answer.get("UnprocessedKeys")
        if not request:
            return found
    raise Unexpected


def batch_write(table: str, writes: Iterable[Mapping[str, Any]]) -> None:
    """Do any number of puts and deletes without conditions, no two of one item: a request for WRITTEN_AT_ONCE of them.

    Those that are left out are sent again. TooMany when some are each time: what was written by then stays.
    """
    rest = iter(writes)
    while batch := list(islice(rest, WRITTEN_AT_ONCE)):
        request: Any = {table: batch}
        for _ in attempts():
            request = clients.dynamodb().batch_write_item(RequestItems=request)["UnprocessedItems"]
            if not request:
                break
        else:
            raise TooMany("Too much is being changed at once")


def cancellation_codes(error: Any) -> Sequence[str]:
    """Why a transaction was cancelled: a code for each of its items, in their order; `None` for one that was no reason."""
    return [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
