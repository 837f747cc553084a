"""GET /things/{tuid}/commands: which are shown, and in which order (thingsee.md 4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from functions.thingsee.command.list import handler as list_commands
from functions.thingsee.command.send import handler as send
from tests.contract.thingsee.tenant import UNKNOWN, Tenant, refusal_message

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
FIRST = int(NOW.timestamp())


@pytest.fixture
def sensor_with_commands(tenant: Tenant, sensor: str) -> Iterator[str]:
    """A sensor with two commands at once, and one more in each of the next three minutes, numbered by `n`."""
    with time_machine.travel(NOW, tick=False) as clock:
        tenant.data(send, [{"tsmId": 1500, "tsmEv": 30, "n": 0}, {"tsmId": 1501, "tsmEv": 30, "n": 1}], tuid=sensor)
        for number, (id, event) in enumerate([(1500, 32), (12200, 30), (17110, 35)], 2):
            clock.shift(timedelta(minutes=1))
            tenant.data(send, [{"tsmId": id, "tsmEv": event, "n": number}], tuid=sensor)
        yield sensor


def numbers(tenant: Tenant, tuid: str, query: dict[str, str]) -> list[int]:
    return [entry["command"]["n"] for entry in tenant.data(list_commands, query=query, tuid=tuid)]


def test_an_entry_says_when_and_by_whom(tenant: Tenant, sensor_with_commands: str) -> None:
    entry = tenant.data(list_commands, tuid=sensor_with_commands)[0]
    command = {"tsmId": 1500, "tsmEv": 30, "tsmTs": FIRST, "tsmDstTuid": sensor_with_commands, "n": 0}
    assert entry == {"tuid": sensor_with_commands, "timestamp": FIRST, "responsible": tenant.things.client.id, "command": command}


def test_a_limit_takes_the_newest_and_shows_them_oldest_first(tenant: Tenant, sensor_with_commands: str) -> None:
    assert numbers(tenant, sensor_with_commands, {}) == [0, 1, 2, 3, 4]
    for limit, first in {"1": 4, "2": 3, "4": 1, "0": 0, "": 0, "99999": 0}.items():
        assert numbers(tenant, sensor_with_commands, {"limit": limit}) == [0, 1, 2, 3, 4][first:], limit  # T6, T7


FILTERS: list[tuple[dict[str, str], list[int]]] = [
    ({"messageid": "1500"}, [0, 2]),
    ({"messageid": " 1500 , 12200"}, [0, 2, 3]),
    ({"messageid": "1110"}, []),
    ({"messageid": ""}, [0, 1, 2, 3, 4]),
    ({"messageid": ",".join(["1500"] * 50)}, [0, 2]),
    ({"eventid": "30"}, [0, 1, 3]),
    ({"eventid": "32,35"}, [2, 4]),
    ({"messageid": "1500", "eventid": "30"}, [0]),
    ({"messageid": "1500", "limit": "1"}, [2]),
    ({"from": str(FIRST)}, [0, 1, 2, 3, 4]),
    ({"from": str(FIRST + 1)}, [2, 3, 4]),
    ({"from": f"{FIRST}.5"}, [2, 3, 4]),
    ({"to": str(FIRST)}, [0, 1]),
    ({"to": f"{FIRST + 59}.9"}, [0, 1]),
    ({"from": str(FIRST + 60), "to": str(FIRST + 60)}, [2]),
    ({"from": f"{FIRST}.2", "to": f"{FIRST}.7"}, []),
    ({"from": "0", "to": "9" * 30}, [0, 1, 2, 3, 4]),
    ({"from": "9" * 30}, []),
    ({"colour": "blue"}, [0, 1, 2, 3, 4]),
]


def test_filters(tenant: Tenant, sensor_with_commands: str) -> None:
    for query, expected in FILTERS:
        assert numbers(tenant, sensor_with_commands, query) == expected, query  # T25


BAD: list[dict[str, str]] = [
    {"limit": "-1"}, {"limit": "1.0"}, {"limit": "x"}, {"messageid": "x"}, {"messageid": "1500,"}, {"messageid": "1500;1501"},
    {"messageid": ",".join(["1"] * 51)}, {"eventid": "1.5"}, {"from": "-1"}, {"from": "x"}, {"to": "2026-01-05"}, {"to": "1e9"},
    {"from": "2", "to": "1"}, {"from": "NaN"}, {"from": "²"},
]  # fmt: skip


def test_a_bad_query_is_400_before_the_thing_is_looked_for(tenant: Tenant) -> None:
    for query in BAD:
        refusal_message(tenant.ask(list_commands, query=query, tuid=UNKNOWN), 400, query)


def test_a_thing_that_was_sent_nothing(tenant: Tenant, sensor: str) -> None:
    assert tenant.data(list_commands, tuid=sensor) == []


def test_an_unknown_thing_and_another_tenants_are_404(tenant: Tenant, other_sensor: str) -> None:
    for tuid in (UNKNOWN, other_sensor):
        refusal_message(tenant.ask(list_commands, tuid=tuid), 404, tuid)
