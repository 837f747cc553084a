"""GET /things/{tuid}/alerts (thingsee.md 3.3). Their start and end are tested in tests/workers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fleet.access import EVERYWHERE
from fleet.alerts.alert import LOST, MISSED, Alert
from fleet.alerts.alerts import Alerts
from functions.thingsee.thing.list_alerts import handler as list_alerts
from tests.contract.thingsee.tenant import UNKNOWN, Tenant, refusal_message
from tests.contract.thingsee.thing.alerting import alert
from tests.harness.aws import put
from tests.workers.thing_messages import AT, timestamp


def test_the_vendors_sample(tenant: Tenant) -> None:
    tuid = tenant.things.gateway("XXXX04X1N73261481")
    alert(tenant.things, tuid, MISSED, 0, datetime(2019, 11, 22, 6, 12, 33, tzinfo=UTC).timestamp())
    lost = datetime(2019, 12, 3, 7, 22, 19, tzinfo=UTC).timestamp()
    alert(tenant.things, tuid, LOST, lost, lost + 600)
    assert tenant.data(list_alerts, tuid=tuid) == [
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
    ]  # T11


def test_none(tenant: Tenant, sensor: str) -> None:
    assert tenant.data(list_alerts, tuid=sensor) == []


SPANS: list[tuple[dict[str, object], list[int]]] = [
    ({}, [0, 1, 2]),
    ({"from": AT - 80}, [0, 1, 2]),
    ({"from": AT - 79}, [1, 2]),
    ({"from": AT - 39}, [2]),
    ({"from": AT + 99999}, [2]),
    ({"to": AT - 101}, []),
    ({"to": AT - 100}, [0]),
    ({"to": AT - 60}, [0, 1]),
    ({"to": AT - 20}, [0, 1, 2]),
    ({"from": AT - 79, "to": AT - 61}, []),
    ({"from": AT - 70, "to": AT - 50}, [1]),
    ({"from": AT - 95, "to": AT - 90}, [0]),
    ({"from": f"{AT - 95}.25", "to": f"{AT - 95}.75"}, [0]),
    ({"from": "", "to": ""}, [0, 1, 2]),
    ({"from": 0, "to": 999999999999}, [0, 1, 2]),
]


def test_those_that_overlap_a_span_oldest_first(tenant: Tenant, sensor: str) -> None:
    times: list[tuple[int, int | None]] = [(AT - 100, AT - 80), (AT - 60, AT - 40), (AT - 20, None)]
    for number, (start, end) in enumerate(times, 1):
        alert(tenant.things, sensor, MISSED, start, end, number)
    intervals = [{"from": timestamp(start), "to": None if end is None else timestamp(end)} for start, end in times]  # T10, T25
    for query, expected in SPANS:
        data = tenant.data(list_alerts, query={name: str(value) for name, value in query.items()}, tuid=sensor)
        found = [interval for each in data for interval in each["alerts"]]
        assert found == [intervals[number] for number in expected], query


def test_a_bad_query_is_400_before_the_thing_is_looked_for(tenant: Tenant, sensor: str) -> None:
    for query in ({"from": "x"}, {"from": "-1"}, {"to": "1e3"}, {"from": "2", "to": "1"}):
        for tuid in (sensor, UNKNOWN):
            refusal_message(tenant.ask(list_alerts, query=query, tuid=tuid), 400, query)


def test_an_unknown_thing_and_another_tenants_are_404(tenant: Tenant, other_sensor: str) -> None:
    for tuid in (UNKNOWN, other_sensor):
        refusal_message(tenant.ask(list_alerts, tuid=tuid), 404, tuid)


def test_the_newest_thousand_are_shown(tenant: Tenant, sensor: str) -> None:
    fields: Any = {"organization": tenant.things.organization.id, "device": tenant.things.thing(sensor).id, "name": sensor, "type": MISSED}
    made = [Alert(**fields, number=n, start=AT - 5000 + n, end=AT - 5000 + n) for n in range(1, 1003)]
    put("FleetTable", (write.parameters["Item"] for each in made for write in Alerts.store_writes(EVERYWHERE, each)))
    found = tenant.data(list_alerts, tuid=sensor)[0]["alerts"]
    assert len(found) == 1000
    assert (found[0]["from"], found[-1]["from"]) == (timestamp(AT - 5000 + 3), timestamp(AT - 5000 + 1002))
