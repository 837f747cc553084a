"""The write units of a status report, by DynamoDB's rules for the size of an item."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws import device_crypto
from fleet.aws.reads import fetch
from fleet.registry.gateways import Gateways, copies, status_key
from fleet.telemetry.points import PREFIX
from functions.workers.uplink.receive import handler
from tests.harness.aws import item, partition
from tests.harness.fleet import Fleet, Hardware
from tests.workers.messages import NOW, deliver, uplink_message
from tests.workers.status import STATUS

SAMPLE: dict[str, Any] = {
    "system": {"uptime": 10372, "cpu": 33, "memory": 51},
    "gps": {"state": "GPS_NO_OUTPUT", "satellites_number": 0, "longitude": 174.966721, "latitude": -38.0526032},
    "network": {
        "lan": {
            "subnet": "192.168.230.1/24",
            "ethernet": {"enabled": False},
            "wifi": {
                "enabled": False,
                "ssid": "ltDhgPVEZUqClu4=",
                "encryption": "NONE",
                "key": "xZ5+9j2p8+4=",
                "channel": "Auto",
                "hidden": False,
            },
        },
        "wan": {
            "active": "CELLULAR",
            "ethernet": {"enabled": True, "priority": 1, "online": False, "uptime": 0},
            "wifi": {"enabled": False, "priority": 2},
            "cellular": {
                "enabled": True,
                "priority": 3,
                "online": True,
                "ipv4AddrMask": "100.94.77.194/30",
                "uptime": 10299,
                "sim_present": True,
                "imsi": "234106459829513",
                "iccid": "89883070000054069701",
                "imei": "862869033261012",
                "signalLevel": 1,
                "rsrp": -102,
                "rsrq": -6,
                "sinr": 18,
                "rssi": -76,
                "rat": "LTE",
                "networkType": "FDD LTE",
                "autoSelect": True,
                "plmn": "53001",
            },
        },
    },
    "lora": {"activeNodes": 0, "txPackets": 2, "rxPackets": 119},
    "storage": {"healthy": True, "total": 15185, "free": 15048, "used_percent": 0},
}
"""The report with the most fields that the WisDM API's page prints."""


def size(value: dict[str, Any]) -> int:
    """The size of an attribute's value in bytes: numbers two digits a byte plus one, a map 3 plus 1 a member."""
    content: Any
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "B":
        return len(content)
    if kind == "N":
        return math.ceil(len(str(content).strip("-").replace(".", "")) / 2) + 1 + str(content).startswith("-")
    assert kind == "M", kind
    members: dict[str, dict[str, Any]] = content
    return 3 + sum(1 + len(name.encode()) + size(member) for name, member in members.items())


def units(item: dict[str, Any]) -> int:
    return math.ceil(sum(len(name.encode()) + size(value) for name, value in item.items()) / 1024)


@pytest.fixture
def hardware(fleet: Fleet) -> Hardware:
    """A gateway in a location, with a serial number of the usual length."""
    hardware, organization = fleet.hardware(sn="918100RC6050800000"), fleet.organization()
    fleet.gateway(organization, fleet.location(organization), hardware)
    return hardware


def with_encrypted_key(hardware: Hardware, status: dict[str, Any]) -> dict[str, Any]:
    """The report with an encrypted Wi-Fi key of maximum length, as a device should send it."""
    report: dict[str, Any] = json.loads(json.dumps(status))
    wifi = report["network"]["lan"]["wifi"]
    wifi["key"] = {"box": device_crypto.encrypt_for_device(device_crypto.cloud_public_key(), f"{hardware.sn}:wifi.key", b"k" * 63)}
    return report


def test_a_status_report_costs_three_write_units(hardware: Hardware) -> None:
    card = fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).card
    assert card.location
    for seq, status in enumerate((SAMPLE, STATUS, with_encrypted_key(hardware, SAMPLE), with_encrypted_key(hardware, STATUS)), 1):
        assert deliver(handler, uplink_message(hardware, "status", status, seq=seq, received=NOW)) == []
        written = [item("FleetTable", *key) for key in (status_key(hardware.sn), copies(card.location, hardware.sn)[1])]
        assert [units(each) for each in written if each] == [1, 1]
    assert [units(each) for each in partition("SeriesTable", f"{PREFIX}{card.id}")] == [1, 1, 1, 1]


def test_the_meter_counts_as_dynamodb_does() -> None:
    assert units({"pk": {"S": "x" * 1022}}) == 1
    assert units({"pk": {"S": "x" * 1023}}) == 2
    assert size({"M": {"n": {"N": "12345"}, "b": {"B": b"12"}}}) == 3 + (1 + 1 + 4) + (1 + 1 + 2)
