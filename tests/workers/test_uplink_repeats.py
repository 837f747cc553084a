"""Of two equally new messages the first one wins: the same sequence number in one boot, or the same time in two boots."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.configuration.configurations import Configurations
from fleet.registry.gateways import Gateways
from functions.workers.uplink.receive import handler
from tests.harness.fleet import Hardware
from tests.workers.messages import BOOT, NEXT_BOOT, NOW, deliver, uplink_message
from tests.workers.series import rows

EQUALLY_NEW = pytest.mark.parametrize("boot", [BOOT, NEXT_BOOT], ids=["the same number", "another start at the same time"])


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def report_twice(hardware: Hardware, type: str, boot: str, *payloads: Any) -> None:
    """Deliver two messages: the second from the same boot or another one."""
    for start, payload in zip((BOOT, boot), payloads, strict=True):
        assert deliver(handler, uplink_message(hardware, type, payload, boot=start)) == []


@EQUALLY_NEW
def test_of_the_status(hardware: Hardware, boot: str) -> None:
    report_twice(hardware, "status", boot, {"system": {"cpu": 1}}, {"system": {"cpu": 2}})
    assert fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).reports.known["status"].document == {"system": {"cpu": 1}}


@EQUALLY_NEW
def test_of_the_radio(hardware: Hardware, boot: str) -> None:
    samples = ({"bucket": "2026-01-05T10:00:00Z", "uplink": uplink, "downlink": 0} for uplink in (1, 2))
    report_twice(hardware, "perf", boot, *({"samples": [sample]} for sample in samples))
    card = fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).card
    assert [json.loads(row["body"]["S"])["uplink"] for row in rows(f"PERF#{card.id}")] == [1]


@EQUALLY_NEW
def test_of_the_configuration(hardware: Hardware, boot: str) -> None:
    report_twice(
        hardware, "config.reported", boot, *({"version": 1, "priority": order} for order in ("ETH_WIFI_CELLULAR", "WIFI_ETH_CELLULAR"))
    )
    reported = fetch(EVERYWHERE, Configurations.by_sn(hardware.sn)).section("priority").reported
    assert reported is not None
    assert reported.value == "ETH_WIFI_CELLULAR"
