"""A thing's newest values from its messages; older messages do not replace them (thingsee.md 3.4)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from functions.workers.uplink.receive import handler as receive
from tests.harness.thingsee_world import ThingseeWorld
from tests.workers.messages import NOW, deliver, uplink_message
from tests.workers.thing_messages import AT, message, messages_of, relay, thing_information


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


class TestInformation:
    def test_a_thing_that_was_never_heard(self, thingsee_world: ThingseeWorld) -> None:
        nothing = {"battery_level": None, "timestamp": None, "location": None, "gateway_tuid": None, "version": None}
        assert (
            thing_information(thingsee_world, thingsee_world.sensor())
            == thing_information(thingsee_world, thingsee_world.gateway())
            == nothing
        )

    def test_the_newest_of_each_kind_counts(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        newest = [
            message(sensor, 1110, 10, AT - 5, batl=85.6),
            message(sensor, 1100, 11, AT - 4, swVersion="2025.11.3_pod4"),
            message(sensor, 1210, 10, AT - 3, lat=60.17, lon=24.94, lacr=5),
        ]
        older = [
            message(sensor, 1110, 101, AT - 10, batl=99),
            message(sensor, 1100, 33, AT - 10, swVersion="old"),
            message(sensor, 1210, 10, AT - 10, lat=1, lon=2),
        ]
        relay(thingsee_world, gateway, *newest)
        relay(thingsee_world, gateway, *older)
        assert thing_information(thingsee_world, sensor) == {
            "battery_level": 86,
            "timestamp": AT - 3,
            "location": {"lat": 60.17, "lon": 24.94},
            "gateway_tuid": gateway,
            "version": "2025.11.3_pod4",
        }

    def test_the_version_of_a_binary_counts_until_there_is_another(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, message(sensor, 1312, 33, AT, binaryType=1, binaryVersion="b7"))
        assert thing_information(thingsee_world, sensor)["version"] == "b7"
        relay(thingsee_world, gateway, message(sensor, 1100, 11, AT - 60, swVersion="s1"))
        assert thing_information(thingsee_world, sensor)["version"] == "s1"

    @pytest.mark.parametrize(
        "sent",
        [
            {"id": 1110, "event": 11, "batl": 5},
            {"id": 1110, "batl": "5"},
            {"id": 1110, "batl": True},
            {"id": 1110, "batl": 10**400},
            {"id": 1110, "batl": 1e308},
            {"id": 1110, "batl": -0.1},
            {"id": 1110, "batl": 100.5},
            {"id": 1110},
            {"id": 1100, "event": 10, "swVersion": "x"},
            {"id": 1100, "event": 11, "swVersion": 7},
            {"id": 1210, "lat": 91, "lon": 0},
            {"id": 1210, "lat": 1},
            {"id": 1210, "lat": "60.1", "lon": "24.9"},
            {"id": 1312, "binaryVersion": 3},
        ],
        ids=repr,
    )
    def test_what_is_not_of_its_form_is_only_kept(self, thingsee_world: ThingseeWorld, sent: dict[str, Any]) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, message(sensor, **sent))
        nothing = {"battery_level": None, "location": None, "version": None}
        assert {name: thing_information(thingsee_world, sensor)[name] for name in nothing} == nothing
        assert len(messages_of(thingsee_world, sensor)) == 1

    @pytest.mark.parametrize(("reported", "shown"), [(74, 74), (34.4, 34), (34.5, 35), (0, 0), (74.0, 74)])
    def test_a_battery_is_shown_as_a_whole_number(self, thingsee_world: ThingseeWorld, reported: float, shown: int) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, message(sensor, 1110, batl=reported))
        level = thing_information(thingsee_world, sensor)["battery_level"]
        assert (level, type(level)) == (shown, int)
        assert messages_of(thingsee_world, sensor)[0]["batl"] == reported

    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
    def test_in_any_order_values_only_move_forward(self, thingsee_world: ThingseeWorld, order: tuple[int, ...]) -> None:
        sensor, gateways = thingsee_world.sensor(), [thingsee_world.gateway() for _ in range(3)]
        for late, number in enumerate(order):
            ts = AT - 300 + 60 * number
            reported = [
                message(sensor, 1110, 10, ts, batl=number),
                message(sensor, 1100, 11, ts, swVersion=f"v{number}"),
                message(sensor, 1210, 10, ts, lat=number, lon=number),
            ]
            for _ in range(2):
                relay(thingsee_world, gateways[number], *reported, received=NOW + timedelta(minutes=late))
        assert thing_information(thingsee_world, sensor) == {
            "battery_level": 2,
            "timestamp": AT - 180,
            "location": {"lat": 2, "lon": 2},
            "gateway_tuid": gateways[2],
            "version": "v2",
        }

    def test_a_thing_without_a_place_is_where_its_gateway_is(self, thingsee_world: ThingseeWorld) -> None:
        gateway, other, sensor = thingsee_world.gateway(), thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, message(gateway, 1210, lat=60, lon=24))
        relay(thingsee_world, other, message(other, 1210, lat=61, lon=25))
        relay(thingsee_world, gateway, message(sensor, ts=AT - 9))
        assert thing_information(thingsee_world, sensor)["location"] == {"lat": 60, "lon": 24}
        relay(thingsee_world, other, message(sensor, ts=AT - 8))
        assert (thing_information(thingsee_world, sensor)["location"], thing_information(thingsee_world, sensor)["gateway_tuid"]) == (
            {"lat": 61, "lon": 25},
            other,
        )
        relay(thingsee_world, gateway, message(sensor, 1210, ts=AT - 20, lat=1, lon=2))
        assert thing_information(thingsee_world, sensor)["location"] == {"lat": 1, "lon": 2}
        assert thing_information(thingsee_world, sensor)["gateway_tuid"] == other

    def test_a_gateway_has_no_gateway(self, thingsee_world: ThingseeWorld) -> None:
        gateway = thingsee_world.gateway()
        relay(thingsee_world, gateway, message(gateway, 1110, batl=50))
        assert thing_information(thingsee_world, gateway) == {
            "battery_level": 50,
            "timestamp": AT,
            "location": None,
            "gateway_tuid": None,
            "version": None,
        }


def test_messages_of_the_wisdm_api_say_nothing_of_its_things(thingsee_world: ThingseeWorld) -> None:
    gateway = thingsee_world.gateway(sn="918100A1B2C3D4E5")
    deliver(receive, uplink_message(thingsee_world.hardware[gateway], "status", {"system": {"cpu": 1}}))
    assert thing_information(thingsee_world, gateway)["timestamp"] is None
