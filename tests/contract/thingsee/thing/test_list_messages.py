"""GET /things/{tuid}/messages: which are shown, and in which order (thingsee.md 3.5). How one is shown: test_list_messages_shown."""

from __future__ import annotations

import pytest

from functions.thingsee.thing.list_messages import handler as list_messages
from tests.contract.thingsee.tenant import UNKNOWN, Tenant, refusal_message
from tests.harness.meter import Meter
from tests.workers.thing_messages import AT, message, relay


@pytest.fixture
def sensor_with_messages(tenant: Tenant, sensor: str, gateway: str) -> str:
    """A sensor with ten messages of three ids and two events, ten seconds apart, numbered by `n`, with 0 the newest."""
    sent = (message(sensor, (12100, 1110, 1202)[n % 3], (10, 9)[n % 2], AT - 10 * n, n=n) for n in range(10))
    relay(tenant.things, gateway, *sent)
    return sensor


def numbers(tenant: Tenant, tuid: str, query: dict[str, str]) -> list[int]:
    return [each["n"] for each in tenant.data(list_messages, query={"limit": "100", **query}, tuid=tuid)]


def test_at_most_so_many_of_the_newest_newest_first(tenant: Tenant, sensor_with_messages: str) -> None:
    for limit, found in {"1": 1, "9": 9, "10": 10, "11": 10, "1000": 10, "1001": 10, "99999999": 10}.items():
        assert numbers(tenant, sensor_with_messages, {"limit": limit}) == list(range(found)), limit  # T8


FILTERS: list[tuple[dict[str, str], list[int]]] = [
    ({"messageid": "1110"}, [1, 4, 7]),
    ({"messageid": "1110,1202"}, [1, 2, 4, 5, 7, 8]),
    ({"messageid": " 1110 , 1202 "}, [1, 2, 4, 5, 7, 8]),
    ({"messageid": "1110", "limit": "2"}, [1, 4]),
    ({"messageid": "7"}, []),
    ({"messageid": ""}, list(range(10))),
    ({"messageid": ",".join(["1110"] * 50)}, [1, 4, 7]),
    ({"eventid": "9"}, [1, 3, 5, 7, 9]),
    ({"eventid": "9,10"}, list(range(10))),
    ({"messageid": "1110", "eventid": "9"}, [1, 7]),
    ({"messageid": "1110,1202", "eventid": "10", "limit": "1"}, [2]),
    ({"from": str(AT - 20)}, [0, 1, 2]),
    ({"to": str(AT - 70)}, [7, 8, 9]),
    ({"from": str(AT - 50), "to": str(AT - 30)}, [3, 4, 5]),
    ({"from": str(AT - 30), "to": str(AT - 30)}, [3]),
    ({"from": f"{AT - 30}.5", "to": f"{AT - 20}.5"}, [2]),
    ({"from": f"{AT - 30}.2", "to": f"{AT - 30}.7"}, []),
    ({"from": "", "to": "", "eventid": ""}, list(range(10))),
    ({"from": "0", "to": "999999999999"}, list(range(10))),
    ({"from": str(AT - 50), "messageid": "1110", "eventid": "10"}, [4]),
    ({"unknown": "x"}, list(range(10))),
]


def test_filters(tenant: Tenant, sensor_with_messages: str) -> None:
    for query, expected in FILTERS:
        assert numbers(tenant, sensor_with_messages, query) == expected, query  # T25


BAD: list[dict[str, str]] = [
    {}, {"limit": ""}, {"limit": "0"}, {"limit": "-1"}, {"limit": "1.5"}, {"limit": "ten"},
    *({"limit": "1", **query} for query in (
        {"messageid": "12x"}, {"messageid": "1,,2"}, {"messageid": ",".join(["1"] * 51)},
        {"eventid": "a"}, {"eventid": ",".join(["1"] * 51)},
        {"from": "-1"}, {"from": "yesterday"}, {"to": "NaN"}, {"from": "2", "to": "1"},
    )),
]  # fmt: skip


def test_a_bad_query_is_400_before_the_thing_is_looked_for(tenant: Tenant, sensor: str) -> None:
    for query in BAD:
        for tuid in (sensor, UNKNOWN):
            refusal_message(tenant.ask(list_messages, query=query, tuid=tuid), 400, query)  # T7


def test_an_unknown_thing_and_another_tenants_are_404(tenant: Tenant, sensor: str, other_sensor: str) -> None:
    for tuid in (UNKNOWN, sensor.lower(), other_sensor):
        assert refusal_message(tenant.ask(list_messages, query={"limit": "1"}, tuid=tuid), 404, tuid) == "Thing not found"


def test_a_page_costs_two_requests(tenant: Tenant, sensor_with_messages: str) -> None:
    for limit in ("1", "5", "10"):
        with Meter() as meter:
            tenant.data(list_messages, query={"limit": limit}, tuid=sensor_with_messages)
        assert meter.requests == ["BatchGetItem", "Query"], limit
