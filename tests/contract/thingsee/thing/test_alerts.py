"""GET /things/alerts, /things/alerts/count, /things/{tuid}/alerts (contract, 3.1 to 3.3). When they start and end: tests/workers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.alerts.alert import LOST, MISSED, Alert, Type
from fleet.alerts.alerts import Alerts
from fleet.aws import clients, table
from functions.thingsee.thing.count_alerting import handler as count_alerting
from functions.thingsee.thing.list_alerting import handler as list_alerting
from functions.thingsee.thing.list_alerts import handler as list_alerts
from tests.harness.call import Answered, call
from tests.harness.meter import Meter
from tests.harness.things import Field
from tests.workers.device import NOW
from tests.workers.things import AT, bring, message


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def alert(field: Field, tuid: str, type: Type, start: float, end: float | None, number: int = 1) -> None:
    """An alert as the state's transaction writes it."""
    told = {"organization": field.organization.id, "device": field.thing(tuid).id, "name": tuid}
    made = Alert(**told, type=type, number=number, start=start, end=end)
    table.transact([Alerts.keeping(EVERYWHERE, made), Alerts.listing(EVERYWHERE, made)])


def asked(field: Field, tuid: str, **query: Any) -> Answered:
    return call(list_alerts, {"tuid": tuid}, query={name.rstrip("_"): str(value) for name, value in query.items()}, headers=field.bearer)


def shown(second: float) -> str:
    return f"{datetime.fromtimestamp(int(second), UTC):%Y-%m-%dT%H:%M:%S}"


class TestAlertingThings:
    def both(self, field: Field) -> tuple[Any, Any]:
        answers = call(list_alerting, headers=field.bearer), call(count_alerting, headers=field.bearer)
        assert [answer.status for answer in answers] == [200, 200]
        return answers[0].json, answers[1].json

    def test_none(self, field: Field) -> None:
        field.sensor()
        assert self.both(field) == ({"data": {"alerting_tuids": []}}, {"data": {"alert_count": "0"}})

    def test_each_once_ascending_and_no_other_customers(self, field: Field) -> None:
        theirs = Field.of(field.fleet)
        alert(theirs, theirs.sensor(), MISSED, AT, None)
        sensor, gateway = field.sensor("XXXX03X2Z74162947"), field.gateway("XXXX03X2Z74162459")
        alert(field, sensor, MISSED, AT, None)
        alert(field, gateway, MISSED, AT, None)
        alert(field, gateway, LOST, AT, None)
        over = field.sensor()
        alert(field, over, MISSED, AT - 9, AT)
        assert self.both(field) == (
            {"data": {"alerting_tuids": ["XXXX03X2Z74162459", "XXXX03X2Z74162947"]}},
            {"data": {"alert_count": "2"}},
        )

    def test_however_many_there_are_it_is_one_query(self, field: Field) -> None:
        for tuid in [field.gateway() for _ in range(7)]:
            bring(field, tuid, message(tuid, 1000, 18, AT))
        for entry in (list_alerting, count_alerting):
            with Meter() as meter:
                call(entry, headers=field.bearer)
            assert meter.requests == ["BatchGetItem", "Query"]
        assert self.both(field)[1] == {"data": {"alert_count": "7"}}


class TestAlertsOfAThing:
    def test_the_vendors_sample(self, field: Field) -> None:
        tuid = field.gateway("XXXX04X1N73261481")
        alert(field, tuid, MISSED, 0, datetime(2019, 11, 22, 6, 12, 33, tzinfo=UTC).timestamp())
        alert(
            field,
            tuid,
            LOST,
            datetime(2019, 12, 3, 7, 22, 19, tzinfo=UTC).timestamp(),
            datetime(2019, 12, 3, 7, 32, 19, tzinfo=UTC).timestamp(),
        )
        assert asked(field, tuid).json == {
            "data": [
                {
                    "tuid": "XXXX04X1N73261481",
                    "alert_type": "gateway connection lost",
                    "alerts": [{"from": "2019-12-03T07:22:19", "to": "2019-12-03T07:32:19"}],
                },
                {
                    "tuid": "XXXX04X1N73261481",
                    "alert_type": "heartbeat missed",
                    "alerts": [{"from": "1970-01-01T00:00:00", "to": "2019-11-22T06:12:33"}],
                },
            ]
        }

    def test_none(self, field: Field) -> None:
        assert asked(field, field.sensor()).json == {"data": []}

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({}, [1, 2, 3]),
            ({"from_": AT - 80}, [1, 2, 3]),
            ({"from_": AT - 79}, [2, 3]),
            ({"from_": AT - 39}, [3]),
            ({"from_": AT + 99999}, [3]),
            ({"to": AT - 101}, []),
            ({"to": AT - 100}, [1]),
            ({"to": AT - 60}, [1, 2]),
            ({"to": AT - 20}, [1, 2, 3]),
            ({"from_": AT - 79, "to": AT - 61}, []),
            ({"from_": AT - 70, "to": AT - 50}, [2]),
            ({"from_": AT - 95, "to": AT - 90}, [1]),
            ({"from_": f"{AT - 95}.25", "to": f"{AT - 95}.75"}, [1]),
            ({"from_": "", "to": ""}, [1, 2, 3]),
            ({"from_": 0, "to": 999999999999}, [1, 2, 3]),
        ],
        ids=repr,
    )
    def test_those_that_overlap_a_span_oldest_first(self, field: Field, query: dict[str, Any], expected: list[int]) -> None:
        tuid = field.sensor()
        spans: dict[int, tuple[int, int | None]] = {1: (AT - 100, AT - 80), 2: (AT - 60, AT - 40), 3: (AT - 20, None)}
        for number, (start, end) in spans.items():
            alert(field, tuid, MISSED, start, end, number)
        answer = asked(field, tuid, **query)
        assert answer.status == 200
        found = [one for each in answer.json["data"] for one in each["alerts"]]
        times = [(spans[number][0], spans[number][1]) for number in expected]
        assert found == [{"from": shown(start), "to": None if end is None else shown(end)} for start, end in times]

    @pytest.mark.parametrize("query", [{"from_": "x"}, {"from_": "-1"}, {"to": "1e3"}, {"from_": "2", "to": "1"}], ids=repr)
    def test_a_bad_query_is_refused(self, field: Field, query: dict[str, Any]) -> None:
        assert asked(field, field.sensor(), **query).status == 400
        assert asked(field, "TSPD04UNKNOWN0001", **query).status == 400

    def test_an_unknown_thing_and_another_customers_are_not_found(self, field: Field) -> None:
        assert [asked(field, tuid).status for tuid in ("TSPD04UNKNOWN0001", Field.of(field.fleet).sensor())] == [404, 404]

    def test_the_newest_thousand_are_shown(self, field: Field) -> None:
        tuid = field.sensor()
        told: Any = {"organization": field.organization.id, "device": field.thing(tuid).id, "name": tuid, "type": MISSED}
        made = [Alert(**told, number=n, start=AT - 5000 + n, end=AT - 5000 + n) for n in range(1, 1003)]
        for start in range(0, 1002, 25):
            items = [Alerts.keeping(EVERYWHERE, each)["Put"]["Item"] for each in made[start : start + 25]]
            requests: Any = {table.table(): [{"PutRequest": {"Item": item}} for item in items]}
            assert not clients.dynamodb().batch_write_item(RequestItems=requests)["UnprocessedItems"]
        found = asked(field, tuid).json["data"][0]["alerts"]
        assert len(found) == 1000
        assert (found[0]["from"], found[-1]["from"]) == (shown(AT - 5000 + 3), shown(AT - 5000 + 1002))
