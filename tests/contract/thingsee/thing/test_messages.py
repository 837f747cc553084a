"""GET /things/{tuid}/messages (contract, 3.5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from functions.thingsee.thing.list_messages import handler as list_messages
from tests.harness.aws import aws_in_memory
from tests.harness.call import Answered, call
from tests.harness.fleet import Fleet
from tests.harness.meter import Meter
from tests.harness.things import Field
from tests.workers.device import NOW
from tests.workers.things import AT, bring, message


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(scope="module")
def standing() -> Iterator[tuple[Field, str]]:
    """A thing with ten messages of three ids and two events, ten seconds apart; the newest is number 0."""
    with pytest.MonkeyPatch.context() as patch, aws_in_memory(patch), time_machine.travel(NOW, tick=False):
        field = Field.of(Fleet())
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, *(message(sensor, (12100, 1110, 1202)[n % 3], (10, 9)[n % 2], AT - 10 * n, n=n) for n in range(10)))
        yield field, sensor


def asked(standing: tuple[Field, str], **query: str) -> Answered:
    field, sensor = standing
    return call(list_messages, {"tuid": sensor}, query={name.rstrip("_"): value for name, value in query.items()}, headers=field.bearer)


def numbers(standing: tuple[Field, str], **query: str) -> list[int]:
    answer = asked(standing, **{"limit": "100", **query})
    assert answer.status == 200, answer.content
    return [each["n"] for each in answer.json["data"]]


class TestWhich:
    def test_newest_first(self, standing: tuple[Field, str]) -> None:
        assert numbers(standing) == list(range(10))

    @pytest.mark.parametrize(("limit", "found"), [("1", 1), ("9", 9), ("10", 10), ("11", 10), ("1000", 10), ("1001", 10), ("99999999", 10)])
    def test_at_most_so_many_of_the_newest(self, standing: tuple[Field, str], limit: str, found: int) -> None:
        assert numbers(standing, limit=limit) == list(range(found))

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"messageid": "1110"}, [1, 4, 7]),
            ({"messageid": "1110,1202"}, [1, 2, 4, 5, 7, 8]),
            ({"messageid": " 1110 , 1202 "}, [1, 2, 4, 5, 7, 8]),
            ({"messageid": "1110", "limit": "2"}, [1, 4]),
            ({"messageid": "7"}, []),
            ({"messageid": ""}, list(range(10))),
            ({"eventid": "9"}, [1, 3, 5, 7, 9]),
            ({"eventid": "9,10"}, list(range(10))),
            ({"messageid": "1110", "eventid": "9"}, [1, 7]),
            ({"messageid": "1110,1202", "eventid": "10", "limit": "1"}, [2]),
            ({"from_": str(AT - 20)}, [0, 1, 2]),
            ({"to": str(AT - 70)}, [7, 8, 9]),
            ({"from_": str(AT - 50), "to": str(AT - 30)}, [3, 4, 5]),
            ({"from_": str(AT - 30), "to": str(AT - 30)}, [3]),
            ({"from_": f"{AT - 30}.5", "to": f"{AT - 20}.5"}, [2]),
            ({"from_": f"{AT - 30}.2", "to": f"{AT - 30}.7"}, []),
            ({"from_": "", "to": "", "eventid": ""}, list(range(10))),
            ({"from_": "0", "to": "999999999999"}, list(range(10))),
            ({"from_": str(AT - 50), "messageid": "1110", "eventid": "10"}, [4]),
            ({"unknown": "x"}, list(range(10))),
        ],
        ids=repr,
    )
    def test_filters(self, standing: tuple[Field, str], query: dict[str, str], expected: list[int]) -> None:
        assert numbers(standing, **query) == expected

    @pytest.mark.parametrize(
        "query",
        [
            {},
            {"limit": ""},
            {"limit": "0"},
            {"limit": "-1"},
            {"limit": "1.5"},
            {"limit": "ten"},
            {"limit": "1", "messageid": "12x"},
            {"limit": "1", "messageid": "1,,2"},
            {"limit": "1", "messageid": ",".join(["1"] * 51)},
            {"limit": "1", "eventid": "a"},
            {"limit": "1", "from_": "-1"},
            {"limit": "1", "from_": "yesterday"},
            {"limit": "1", "to": "NaN"},
            {"limit": "1", "from_": "2", "to": "1"},
        ],
        ids=repr,
    )
    def test_a_bad_query_is_refused(self, standing: tuple[Field, str], query: dict[str, str]) -> None:
        answer = asked(standing, **query)
        assert (answer.status, answer.json["statusCode"], answer.json["error"]) == (400, 400, "Bad Request")

    def test_what_is_asked_is_judged_before_the_thing_is_looked_for(self, standing: tuple[Field, str]) -> None:
        assert call(list_messages, {"tuid": "TSPD04UNKNOWN0001"}, query={"limit": "0"}, headers=standing[0].bearer).status == 400
        answer = call(list_messages, {"tuid": "TSPD04UNKNOWN0001"}, query={"limit": "1"}, headers=standing[0].bearer)
        assert (answer.status, answer.json["error"], answer.json["message"]) == (404, "Not Found", "Thing not found")

    def test_a_tuid_in_lower_case_is_not_found(self, standing: tuple[Field, str]) -> None:
        field, sensor = standing
        assert call(list_messages, {"tuid": sensor.lower()}, query={"limit": "1"}, headers=field.bearer).status == 404

    def test_a_page_costs_two_requests(self, standing: tuple[Field, str]) -> None:
        for limit in ("1", "5", "10"):
            with Meter() as meter:
                asked(standing, limit=limit)
            assert meter.requests == ["BatchGetItem", "Query"]
