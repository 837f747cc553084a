"""A gateway's reports become its state, in whatever order they arrive."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from fleet.access import EVERYWHERE
from fleet.aws import device_crypto
from fleet.aws.reads import fetch
from fleet.registry import reveal_secrets
from fleet.registry.gateway import Gateway
from fleet.registry.gateways import Gateways
from fleet.telemetry.points import PREFIX
from functions.workers.uplink.receive import handler
from tests.harness.aws import partition
from tests.harness.fleet import Fleet, Hardware
from tests.workers.messages import NEXT_BOOT, NOW, dead_letters, deliver, hello, outbox, uplink_message
from tests.workers.status import STATUS


def gateway(hardware: Hardware) -> Gateway:
    return fetch(EVERYWHERE, Gateways.by_sn(hardware.sn))


def listed_gateway(hardware: Hardware) -> Gateway:
    """The gateway in its location's list."""
    card = gateway(hardware).card
    assert card.location
    (found,) = Gateways.in_location(EVERYWHERE, card.organization, card.location)
    return found


def stored_points(hardware: Hardware) -> list[dict[str, Any]]:
    """The points of a gateway's charts."""
    return partition("SeriesTable", f"{PREFIX}{gateway(hardware).card.id}")


def minutes_later(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_a_start_makes_a_gateway_online_where_routes_look(hardware: Hardware) -> None:
    assert gateway(hardware).status(NOW) == "PROVISIONING"
    deliver(handler, uplink_message(hardware, "hello", hello(hardware)), uplink_message(hardware, "presence", {"connected": True}, seq=2))
    for seen in (gateway(hardware), listed_gateway(hardware)):
        assert seen.status(NOW) == "ONLINE"
        assert seen.firmware == "2.2.21"
        assert seen.reports.known["hello"].document == {
            "applied": 1,
            "firmware": "2.2.21",
            "model": "RAK7268V2",
            "channels": 8,
            "has_modem": True,
            "has_battery": False,
        }


def test_a_configuration_that_is_applied_ends_provisioning(hardware: Hardware) -> None:
    deliver(
        handler, uplink_message(hardware, "config.reported", {"version": 1, "errors": [{"section": "lan", "message": "no such channel"}]})
    )
    assert gateway(hardware).status(NOW) == "ONLINE"
    assert gateway(hardware).reports.known["config"].document == {"applied": 1}


def test_a_dying_gasp_makes_a_gateway_offline_at_once(hardware: Hardware) -> None:
    deliver(
        handler,
        uplink_message(hardware, "hello", hello(hardware)),
        uplink_message(hardware, "dyingGasp", {"at": "2026-01-05T10:09:58.7Z", "cause": "power"}, seq=2),
    )
    for seen in (gateway(hardware), listed_gateway(hardware)):
        assert seen.status(NOW) == "OFFLINE"
        assert seen.last_gasp == "2026-01-05T10:09:58Z"


def test_a_gasp_is_never_later_than_its_message(hardware: Hardware) -> None:
    deliver(handler, uplink_message(hardware, "dyingGasp", {"at": "2099-01-01T00:00:00Z", "cause": "power"}))
    assert gateway(hardware).last_gasp == "2026-01-05T10:10:00Z"


def test_a_status_is_kept_with_all_its_fields(hardware: Hardware) -> None:
    deliver(handler, uplink_message(hardware, "status", STATUS))
    for seen in (gateway(hardware), listed_gateway(hardware)):
        assert reveal_secrets.reveal(EVERYWHERE, seen).reports.known["status"].document == STATUS


def test_what_a_model_lacks_is_left_out(hardware: Hardware) -> None:
    part = {
        "system": {"uptime": 5, "cpu": None},
        "gps": {"longitude": 1, "latitude": -2.5},
        "network": {"lan": {"wifi": {"enabled": False}}},
    }
    deliver(handler, uplink_message(hardware, "status", {**part, "storage": None, "weather": "fine"}))
    assert gateway(hardware).reports.known["status"].document == {
        "system": {"uptime": 5},
        "gps": {"longitude": 1.0, "latitude": -2.5},
        "network": {"lan": {"wifi": {"enabled": False}}},
    }


def test_a_status_that_breaks_its_schema_changes_nothing(hardware: Hardware) -> None:
    broken: list[dict[str, Any]] = [
        {"system": {"cpu": 101}},
        {"system": {"cpu": 20.5}},
        {"system": {"memory": "47"}},
        {"system": []},
        {"gps": {"latitude": 90.1}},
        {"gps": {"state": "gps fix"}},
        {"network": {"wan": {"active": "SATELLITE"}}},
        {"network": {"wan": {"wifi": {"priority": 4}}}},
        {"lora": {"txPackets": -1}},
        {"storage": {"healthy": 1}},
    ]
    for status in broken:
        deliver(handler, uplink_message(hardware, "status", status))
        assert [message["reason"] for message in dead_letters()] == ["malformed"], status
    assert gateway(hardware).reports.known == {}
    assert stored_points(hardware) == []


def test_a_wifi_key_is_nowhere_in_clear(hardware: Hardware, cloud: dict[str, str]) -> None:
    deliver(handler, uplink_message(hardware, "status", STATUS))
    kept = gateway(hardware).reports.known["status"].document["network"]["lan"]["wifi"]["key"]
    assert list(kept) == ["sealed"]
    assert b"blue-anchor-7" not in str(kept).encode()
    assert "blue-anchor-7" not in str(stored_points(hardware))


def test_a_wifi_key_may_come_boxed(hardware: Hardware) -> None:
    boxed = device_crypto.encrypt_for_device(device_crypto.cloud_public_key(), f"{hardware.sn}:wifi.key", b"blue-anchor-7")
    deliver(handler, uplink_message(hardware, "status", {"network": {"lan": {"wifi": {"key": {"box": boxed}}}}}))
    assert reveal_secrets.reveal(EVERYWHERE, gateway(hardware)).reports.known["status"].document == {
        "network": {"lan": {"wifi": {"key": "blue-anchor-7"}}}
    }


def test_a_box_for_another_gateway_does_not_open(hardware: Hardware) -> None:
    boxed = device_crypto.encrypt_for_device(device_crypto.cloud_public_key(), "OTHERGATEWAY:wifi.key", b"blue-anchor-7")
    deliver(handler, uplink_message(hardware, "status", {"network": {"lan": {"wifi": {"key": {"box": boxed}}}}}))
    assert [message["reason"] for message in dead_letters()] == ["malformed"]
    assert gateway(hardware).reports.known == {}


def test_a_status_is_a_point_once(hardware: Hardware) -> None:
    message = uplink_message(hardware, "status", STATUS)
    deliver(handler, message, message)
    deliver(handler, message)
    (point,) = stored_points(hardware)
    assert point["pk"]["S"] == f"POINTS#{gateway(hardware).card.id}"
    assert json.loads(point["body"]["S"]) == {
        "cpu": 21,
        "memory": 47,
        "uptime": 86400,
        "activeNodes": 41,
        "txPackets": 118,
        "rxPackets": 20931,
        "storage": 1,
        "rsrp": -98,
        "rsrq": -8,
        "sinr": 12,
    }


def test_a_late_status_is_a_point_but_not_the_state(hardware: Hardware) -> None:
    deliver(
        handler,
        uplink_message(hardware, "status", {"system": {"cpu": 2}}, seq=2, sent=minutes_later(1)),
        uplink_message(hardware, "status", {"system": {"cpu": 1}}, seq=1),
    )
    assert gateway(hardware).reports.known["status"].document == {"system": {"cpu": 2}}
    assert len(stored_points(hardware)) == 2


def test_a_report_from_before_the_clock_was_set_is_no_point(hardware: Hardware) -> None:
    """It would never expire: DynamoDB ignores times to live that are years in the past."""
    deliver(handler, uplink_message(hardware, "status", {"system": {"cpu": 2}}, sent=datetime(1970, 1, 1, tzinfo=UTC)))
    assert gateway(hardware).reports.known["status"].document == {"system": {"cpu": 2}}
    assert stored_points(hardware) == []


def test_within_one_start_the_number_decides(hardware: Hardware) -> None:
    deliver(
        handler,
        uplink_message(hardware, "status", {"system": {"cpu": 9}}, seq=9),
        uplink_message(hardware, "status", {"system": {"cpu": 8}}, seq=8, sent=minutes_later(3)),
    )
    deliver(handler, uplink_message(hardware, "status", {"system": {"cpu": 7}}, seq=9))
    assert (
        gateway(hardware).reports.known["status"].document
        == listed_gateway(hardware).reports.known["status"].document
        == {"system": {"cpu": 9}}
    )


def test_across_starts_the_time_decides(hardware: Hardware) -> None:
    deliver(handler, uplink_message(hardware, "status", {"system": {"cpu": 1}}, seq=400))
    deliver(handler, uplink_message(hardware, "status", {"system": {"cpu": 2}}, seq=1, boot=NEXT_BOOT, sent=minutes_later(1)))
    deliver(handler, uplink_message(hardware, "status", {"system": {"cpu": 3}}, seq=401, sent=minutes_later(0.5)))
    assert gateway(hardware).reports.known["status"].document == {"system": {"cpu": 2}}


def test_a_status_from_before_a_gasp_does_not_revive_a_gateway(hardware: Hardware) -> None:
    deliver(
        handler,
        uplink_message(hardware, "hello", hello(hardware)),
        uplink_message(hardware, "dyingGasp", {"at": "2026-01-05T10:10:00Z", "cause": ""}, seq=9),
    )
    deliver(handler, uplink_message(hardware, "status", STATUS, seq=8))
    assert gateway(hardware).status(NOW) == listed_gateway(hardware).status(NOW) == "OFFLINE"
    deliver(handler, uplink_message(hardware, "status", STATUS, seq=1, boot=NEXT_BOOT, sent=minutes_later(2), received=minutes_later(2)))
    assert gateway(hardware).status(minutes_later(2)) == listed_gateway(hardware).status(minutes_later(2)) == "ONLINE"
    assert gateway(hardware).last_gasp == "2026-01-05T10:10:00Z"


def test_a_repeated_goodbye_does_not_end_a_new_start(hardware: Hardware) -> None:
    goodbye = uplink_message(hardware, "presence", {"connected": False}, seq=7)
    deliver(handler, goodbye, uplink_message(hardware, "hello", hello(hardware), boot=NEXT_BOOT, sent=minutes_later(1)))
    deliver(handler, goodbye)
    assert gateway(hardware).status(minutes_later(1)) == "ONLINE"


def test_a_gateway_outside_any_location_reports_too(fleet: Fleet) -> None:
    hardware = fleet.hardware()
    fleet.gateway(fleet.organization(), None, hardware)
    deliver(handler, uplink_message(hardware, "status", STATUS), uplink_message(hardware, "hello", hello(hardware, applied=0), seq=2))
    assert set(gateway(hardware).reports.known) == {"hello", "status"}
    assert outbox(hardware) == []


class TestReminder:
    """A gateway that reports an older configuration version receives the newest again."""

    def test_after_a_start(self, hardware: Hardware) -> None:
        card = gateway(hardware).card
        message = uplink_message(hardware, "hello", hello(hardware, applied=0))
        deliver(handler, message, message)
        deliver(handler, message)
        (row,) = outbox(hardware)
        message = json.loads(row["body"]["S"])
        assert (message["type"], message["payload"]) == ("location.config", {"version": 1, "location": card.location})

    def test_once_for_each_start(self, hardware: Hardware) -> None:
        """A gateway that keeps reporting its old version does not cause endless messages."""
        with time_machine.travel(NOW, tick=False):
            for seq in (1, 2, 3):
                deliver(handler, uplink_message(hardware, "config.reported", {"version": 0}, seq=seq))
            assert len(outbox(hardware)) == 1
            deliver(handler, uplink_message(hardware, "hello", hello(hardware, applied=0), boot=NEXT_BOOT, sent=minutes_later(1)))
        assert len(outbox(hardware)) == 2

    def test_not_when_it_could_not_be_applied(self, hardware: Hardware) -> None:
        deliver(
            handler,
            uplink_message(hardware, "config.reported", {"version": 0, "errors": [{"section": "server", "message": "bad certificate"}]}),
        )
        assert outbox(hardware) == []

    def test_not_when_it_is_applied(self, hardware: Hardware) -> None:
        deliver(
            handler, uplink_message(hardware, "hello", hello(hardware)), uplink_message(hardware, "config.reported", {"version": 1}, seq=2)
        )
        assert outbox(hardware) == []
