"""GET /things/{tuid} (thingsee.md 3.4). The effects of messages are tested in tests/workers."""

from __future__ import annotations

from functions.thingsee.thing.get import handler as get
from tests.contract.thingsee.tenant import UNKNOWN, Tenant, refusal_message
from tests.harness.meter import Meter
from tests.workers.thing_messages import AT, message, relay


def test_the_vendors_sample(tenant: Tenant, sensor: str) -> None:
    gateway = tenant.things.gateway("XXXX00X1O73360355")
    relay(
        tenant.things,
        gateway,
        message(sensor, 1110, 10, 1586952600, batl=86),
        message(sensor, 1210, 10, 1586952601, lat=65.01, lon=25.52),
        message(sensor, 1100, 11, 1586952604, swVersion="2019.11.15.2_ts_pod3wp34"),
    )
    assert tenant.data(get, tuid=sensor) == {
        "battery_level": 86,
        "timestamp": 1586952604,
        "location": {"lat": 65.01, "lon": 25.52},
        "gateway_tuid": "XXXX00X1O73360355",
        "version": "2019.11.15.2_ts_pod3wp34",
    }


def test_all_members_are_there_when_nothing_is_known(tenant: Tenant, sensor: str) -> None:
    assert tenant.data(get, tuid=sensor) == dict.fromkeys(["battery_level", "timestamp", "location", "gateway_tuid", "version"])  # T13


def test_what_is_unknown_or_no_tuid_and_another_tenants_thing_are_404(tenant: Tenant, other_sensor: str) -> None:
    for tuid in (UNKNOWN, "short", "tspd04a1b2c3d4e05", "x" * 3000, "alerts/count", "ÄÖ", "%00", other_sensor):
        assert refusal_message(tenant.ask(get, tuid=tuid), 404, tuid) == "Thing not found"


def test_a_second_request_is_made_only_for_where_the_gateway_is(tenant: Tenant, sensor: str, gateway: str) -> None:
    for sent, requests in ((message(sensor, ts=AT - 1), 2), (message(sensor, 1210, ts=AT, lat=1, lon=2), 1)):
        relay(tenant.things, gateway, sent)
        with Meter() as meter:
            tenant.data(get, tuid=sensor)
        assert meter.requests == ["BatchGetItem"] * requests
