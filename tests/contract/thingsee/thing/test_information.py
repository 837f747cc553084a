"""GET /things/{tuid} (contract, 3.4). What messages make of it is tested with the uplink."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from functions.thingsee.thing.get import handler as get
from tests.harness.call import call
from tests.harness.meter import Meter
from tests.harness.things import Field
from tests.workers.device import NOW
from tests.workers.things import AT, bring, message


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_the_vendors_sample(field: Field) -> None:
    gateway, sensor = field.gateway("XXXX00X1O73360355"), field.sensor()
    bring(
        field,
        gateway,
        message(sensor, 1110, 10, 1586952600, batl=86),
        message(sensor, 1210, 10, 1586952601, lat=65.01, lon=25.52),
        message(sensor, 1100, 11, 1586952604, swVersion="2019.11.15.2_ts_pod3wp34"),
    )
    answer = call(get, {"tuid": sensor}, headers=field.bearer)
    assert answer.status == 200
    assert answer.json == {
        "data": {
            "battery_level": 86,
            "timestamp": 1586952604,
            "location": {"lat": 65.01, "lon": 25.52},
            "gateway_tuid": "XXXX00X1O73360355",
            "version": "2019.11.15.2_ts_pod3wp34",
        }
    }


def test_all_members_are_there_when_nothing_is_known(field: Field) -> None:
    answer = call(get, {"tuid": field.sensor()}, headers=field.bearer)
    assert answer.json == {"data": dict.fromkeys(["battery_level", "timestamp", "location", "gateway_tuid", "version"])}


@pytest.mark.parametrize("tuid", ["TSPD04UNKNOWN0001", "short", "tspd04a1b2c3d4e05", "x" * 3000, "alerts/count", "ÄÖ", "%00"])
def test_what_is_unknown_or_no_tuid_is_not_found(field: Field, tuid: str) -> None:
    answer = call(get, {"tuid": tuid}, headers=field.bearer)
    assert (answer.status, answer.json) == (404, {"statusCode": 404, "error": "Not Found", "message": "Thing not found"})


def test_another_customers_thing_is_not_found(field: Field) -> None:
    assert call(get, {"tuid": Field.of(field.fleet).sensor()}, headers=field.bearer).status == 404


def test_a_second_request_is_made_only_for_where_the_gateway_is(field: Field) -> None:
    gateway, sensor = field.gateway(), field.sensor()
    for sent, requests in ((message(sensor, ts=AT - 1), 2), (message(sensor, 1210, ts=AT, lat=1, lon=2), 1)):
        bring(field, gateway, sent)
        with Meter() as meter:
            assert call(get, {"tuid": sensor}, headers=field.bearer).status == 200
        assert meter.requests == ["BatchGetItem"] * requests
