"""GET /things/{tuid}/commands: which are shown, and in which order (contract, 4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from functions.thingsee.command import list as list_commands
from functions.thingsee.command import send
from tests.contract.thingsee.customer import Customer, refused

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
FIRST = int(NOW.timestamp())


@pytest.fixture(scope="module")
def sent(standing: Customer) -> Iterator[tuple[Customer, str]]:
    """A sensor that was sent two messages at once, and each of three minutes after it one more."""
    tuid = standing.field.sensor()
    with time_machine.travel(NOW, tick=False) as clock:
        customer = Customer(standing.field, standing.field.token)
        customer.data(send.handler, [{"tsmId": 1500, "tsmEv": 30, "n": 0}, {"tsmId": 1501, "tsmEv": 30, "n": 1}], tuid=tuid)
        for number, (id, event) in enumerate([(1500, 32), (12200, 30), (17110, 35)], 2):
            clock.shift(timedelta(minutes=1))
            customer.data(send.handler, [{"tsmId": id, "tsmEv": event, "n": number}], tuid=tuid)
        yield customer, tuid


def numbers(sent: tuple[Customer, str], **query: str) -> list[int]:
    customer, tuid = sent
    query = {name.removesuffix("_"): value for name, value in query.items()}
    return [entry["command"]["n"] for entry in customer.data(list_commands.handler, query=query, tuid=tuid)]


def test_an_entry_says_when_and_by_whom(sent: tuple[Customer, str]) -> None:
    customer, tuid = sent
    entry = customer.data(list_commands.handler, tuid=tuid)[0]
    command = {"tsmId": 1500, "tsmEv": 30, "tsmTs": FIRST, "tsmDstTuid": tuid, "n": 0}
    assert entry == {"tuid": tuid, "timestamp": FIRST, "responsible": customer.field.client.id, "command": command}


def test_is_oldest_first(sent: tuple[Customer, str]) -> None:
    assert numbers(sent) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("1", [4]), ("2", [3, 4]), ("4", [1, 2, 3, 4]), ("0", [0, 1, 2, 3, 4]), ("", [0, 1, 2, 3, 4]), ("99999", [0, 1, 2, 3, 4])],
)  # fmt: skip
def test_a_limit_takes_the_newest_and_keeps_the_order(sent: tuple[Customer, str], limit: str, expected: list[int]) -> None:
    assert numbers(sent, limit=limit) == expected  # T6, T7


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"messageid": "1500"}, [0, 2]),
        ({"messageid": " 1500 , 12200"}, [0, 2, 3]),
        ({"messageid": "1110"}, []),
        ({"messageid": ""}, [0, 1, 2, 3, 4]),
        ({"eventid": "30"}, [0, 1, 3]),
        ({"eventid": "32,35"}, [2, 4]),
        ({"messageid": "1500", "eventid": "30"}, [0]),
        ({"messageid": "1500", "limit": "1"}, [2]),
        ({"from_": str(FIRST)}, [0, 1, 2, 3, 4]),
        ({"from_": str(FIRST + 1)}, [2, 3, 4]),
        ({"from_": f"{FIRST}.5"}, [2, 3, 4]),
        ({"to": str(FIRST)}, [0, 1]),
        ({"to": f"{FIRST + 59}.9"}, [0, 1]),
        ({"from_": str(FIRST + 60), "to": str(FIRST + 60)}, [2]),
        ({"from_": f"{FIRST}.2", "to": f"{FIRST}.7"}, []),
        ({"from_": "0", "to": "9" * 30}, [0, 1, 2, 3, 4]),
        ({"from_": "9" * 30}, []),
        ({"colour": "blue"}, [0, 1, 2, 3, 4]),
    ],
    ids=repr,
)
def test_filters(sent: tuple[Customer, str], query: dict[str, str], expected: list[int]) -> None:
    assert numbers(sent, **query) == expected  # T25


@pytest.mark.parametrize(
    "query",
    [{"limit": "-1"}, {"limit": "1.0"}, {"limit": "x"}, {"messageid": "x"}, {"messageid": "1500,"}, {"messageid": "1500;1501"},
     {"messageid": ",".join(["1"] * 51)}, {"eventid": "1.5"}, {"from": "-1"}, {"from": "x"}, {"to": "2026-01-05"}, {"to": "1e9"},
     {"from": "2", "to": "1"}, {"from": "NaN"}, {"from": "²"}],
    ids=lambda query: ascii(query)[:40],
)  # fmt: skip
def test_a_bad_query_is_400_before_the_thing_is_looked_for(standing: Customer, query: dict[str, str]) -> None:
    refused(standing.ask(list_commands.handler, query=query, tuid="NOTHING0001"), 400)


def test_fifty_ids_are_taken(sent: tuple[Customer, str]) -> None:
    assert numbers(sent, messageid=",".join(["1500"] * 50)) == [0, 2]


def test_a_thing_that_was_sent_nothing(standing: Customer) -> None:
    assert standing.data(list_commands.handler, tuid=standing.field.sensor()) == []


def test_an_unknown_thing_is_404(standing: Customer) -> None:
    refused(standing.ask(list_commands.handler, tuid="NOTHING0001"), 404)
