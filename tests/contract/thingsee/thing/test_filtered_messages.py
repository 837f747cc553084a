"""GET /things/{tuid}/messages?messageid=…&eventid=…: what a filter costs, however long a thing's history is (budgets.md)."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.aws import clients
from functions.thingsee.thing.list_messages import handler as list_messages
from tests.contract.thingsee.tenant import Tenant
from tests.harness.aws import put, stored
from tests.harness.meter import Meter
from tests.harness.sizes import size
from tests.workers.thing_messages import AT, message, relay

HISTORY = size(2_000, 100_000)
IDS, EVENTS = (12100, 1110, 1202), (10, 31)


def _history(tenant: Tenant, sensor: str, gateway: str) -> None:
    """Give a sensor a history: real messages, whose rows are then copied to earlier times. Only the oldest has event 31."""
    relay(tenant.things, gateway, message(sensor, 12100, 31, AT - HISTORY))
    oldest = stored("SeriesTable")
    relay(tenant.things, gateway, *(message(sensor, IDS[n % 3], 10, AT - n) for n in range(10)))
    recent = [row for row in stored("SeriesTable") if row not in oldest and row["pk"]["S"].startswith("MSG#")]
    put("SeriesTable", (_earlier(row, back) for back in range(10, HISTORY, 10) for row in recent))


def _earlier(row: dict[str, Any], seconds: int) -> dict[str, Any]:
    when, _, rest = row["sk"]["S"].partition(".")
    return {**row, "sk": {"S": f"{int(when) - seconds:012d}.{rest}"}}


@pytest.mark.slow
def test_a_filter_makes_as_many_requests_as_it_has_values_and_two(tenant: Tenant, sensor: str, gateway: str) -> None:
    _history(tenant, sensor, gateway)
    for query, found, requests in [
        ({"limit": "1", "eventid": "31"}, 1, 3),
        ({"limit": "100", "eventid": "31"}, 1, 3),
        ({"limit": "1", "eventid": "32"}, 0, 2),
        ({"limit": "100", "messageid": "1110"}, 100, 3),
        ({"limit": "100", "messageid": "1110,1202,7"}, 100, 5),
        ({"limit": "1", "messageid": "1110,1202", "eventid": "31"}, 0, 2),
        ({"limit": "1", "messageid": "1202,12100", "eventid": "31"}, 1, 3),
        ({"limit": "1", "messageid": "12100", "eventid": "31"}, 1, 3),
        ({"limit": "1", "messageid": "1110", "eventid": "31"}, 0, 2),
        ({"limit": "1", "messageid": "12100,1110", "eventid": "31,32"}, 1, 4),
        ({"limit": "250", "eventid": "10"}, 250, 5),
    ]:
        with Meter() as meter:
            shown = tenant.data(list_messages, query=query, tuid=sensor)
        assert len(shown) == found, query
        assert len(meter.requests) == requests, (query, meter.requests)
        if query["limit"] == "1":
            assert meter.reads <= 5, (query, meter.reads)


def test_filtered_messages_of_one_time_are_in_the_order_of_their_arrival(tenant: Tenant, sensor: str, gateway: str) -> None:
    relay(tenant.things, gateway, *(message(sensor, IDS[n % 3], 10, AT, n=n) for n in range(12)))
    for query in ({}, {"messageid": "12100,1110,1202"}, {"eventid": "10"}, {"messageid": "12100,1110,1202", "eventid": "10"}):
        shown = tenant.data(list_messages, query={"limit": "100", **query}, tuid=sensor)
        assert [each["n"] for each in shown] == list(range(11, -1, -1)), query


def test_an_index_row_that_leads_nowhere_hides_no_message(tenant: Tenant, sensor: str, gateway: str) -> None:
    """A worker may end after it wrote the index and before it stored the message."""
    relay(tenant.things, gateway, *(message(sensor, 12100, 10, AT - n, n=n) for n in range(3)))
    (newest,) = (
        row for row in stored("SeriesTable") if row["pk"]["S"].startswith("MSG#") and "body" in row and '"n":0' in row["body"]["S"]
    )
    clients.dynamodb().delete_item(TableName=clients.setting("SERIES_TABLE"), Key={name: newest[name] for name in ("pk", "sk")})
    for query in ({}, {"messageid": "12100"}, {"eventid": "10"}):
        shown = tenant.data(list_messages, query={"limit": "2", **query}, tuid=sensor)
        assert [each["n"] for each in shown] == [1, 2], query
