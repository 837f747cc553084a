"""A simulated gateway's orders (reboot, password, firmware) and radio reports."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from edge.entry import Entry
from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.aws.reads import fetch
from fleet.commands.command import Command, OrderKind
from fleet.commands.commands import Commands
from functions.wisdm.action.reboot import handler as reboot
from functions.wisdm.action.reset_password import handler as reset_password
from functions.wisdm.action.upgrade import handler as upgrade
from functions.wisdm.gateway.get_performance import handler as performance
from muster.operator import firmware
from muster.simulate.radio import Radio
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.simulate.queues import SN, Queues
from tests.workers.messages import NOW


@pytest.fixture
def clock() -> Iterator[Any]:
    """A running clock, since a later boot is recognized by its time."""
    with time_machine.travel(NOW, tick=True) as clock:
        yield clock


@pytest.fixture
def queues(fleet: Fleet, clock: Any) -> Queues:
    """A gateway that is online."""
    queues = Queues(fleet)
    queues.register()
    queues.gateway.start()
    while queues.accept_uplink() or queues.deliver_downlink():
        pass
    assert queues.gateway_record.status(NOW) == "ONLINE"
    return queues


@pytest.fixture
def image(cloud: dict[str, str], tmp_path: Path) -> Path:
    file = tmp_path / "image"
    file.write_bytes(b"an image")
    firmware.add("RAK7289CV2", "2.2.21", file)
    return file


def order(queues: Queues, entry: Entry, body: Any = None) -> list[dict[str, Any]]:
    """Give an order and let the gateway carry it out; returns its messages."""
    assert call(entry, {"sn": SN}, key=queues.key, body=body).status == 204
    queues.deliver_downlink()
    return queues.accept_uplink()


def stored_action(kind: OrderKind) -> Command:
    action = fetch(EVERYWHERE, Commands.earlier(kind, SN)).newest
    assert action
    return action


def test_reboots_and_comes_back_with_a_new_start(queues: Queues) -> None:
    before = queues.gateway_record.reports.known["hello"].mark.boot
    sent = order(queues, reboot)
    assert [message["type"] for message in sent[:3]] == ["gateway.action.result", "gateway.presence", "gateway.hello"]
    assert sent[1]["payload"]["connected"] is False
    assert stored_action("reboot").state == "done"
    assert queues.gateway_record.reports.known["hello"].mark.boot != before
    assert queues.gateway_record.status(NOW) == "ONLINE"


def test_takes_a_password(queues: Queues) -> None:
    order(queues, reset_password, {"password": "blue-anchor-7"})
    assert stored_action("password").state == "done"
    assert queues.gateway._orders.password_digest == hashlib.sha256(b"blue-anchor-7").digest()
    assert "blue-anchor-7" not in " ".join(queues.log)


def test_installs_firmware_and_runs_on_it(queues: Queues, image: Path) -> None:
    order(queues, upgrade, {"version": "2.2.21"})
    assert stored_action("upgrade").state == "done"
    assert queues.gateway_record.firmware == "2.2.21"


def test_does_not_install_another_image_than_was_meant(queues: Queues, image: Path) -> None:
    clients.s3().put_object(Bucket="files", Key="firmware/RAK7289CV2/2.2.21", Body=b"another")
    order(queues, upgrade, {"version": "2.2.21"})
    assert stored_action("upgrade").state == "failed"
    assert queues.gateway_record.firmware == "2.2.20"


def test_gets_an_upgrade_when_it_is_back(queues: Queues, image: Path) -> None:
    queues.gateway.leave("away")
    queues.accept_uplink()
    assert order(queues, upgrade, {"version": "2.2.21"}) == []
    queues.gateway.start()
    queues.accept_uplink()
    queues.deliver_downlink()
    queues.accept_uplink()
    assert queues.gateway_record.firmware == "2.2.21"
    assert stored_action("upgrade").state == "done"


def test_an_order_that_comes_twice_is_carried_out_once(queues: Queues) -> None:
    payload = {"actionId": "22222222-2222-4333-8444-555555555555", "deadline": NOW.timestamp() + 60}
    for number in (1, 2):
        queues.inject("action.reboot", payload, id=f"{number * 11111111}-2222-4333-8444-555555555555")
    queues.listen()
    types = [message["type"] for message in queues.accept_uplink()]
    assert (types.count("gateway.action.result"), types.count("gateway.hello")) == (2, 1)


def test_an_order_that_comes_after_the_one_that_replaces_it_is_dropped(queues: Queues) -> None:
    """Orders of another kind have an order of their own."""
    for number, kind in ((2, "reboot"), (1, "reboot"), (1, "password")):
        id = f"{number}{len(kind)}111111-2222-4333-8444-555555555555"
        queues.inject(f"action.{kind}", {"actionId": id, "deadline": NOW.timestamp() + 60}, id, number=number)
    queues.listen()
    results = [message["payload"] for message in queues.accept_uplink() if message["type"] == "gateway.action.result"]
    assert [(each["action"], each["actionId"][:2]) for each in results] == [("reboot", "26"), ("password", "18")]


def test_tells_of_its_radio_bucket_by_bucket(queues: Queues, clock: Any) -> None:
    def points(metric: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = call(performance, {"sn": SN, "metric": metric}, key=queues.key, query={"interval": "125m"}).json[
            "result"
        ]
        return found

    assert len(points("uplink")) == 12
    clock.shift(timedelta(minutes=10))
    queues.gateway.report()
    queues.gateway.report()
    sent = queues.accept_uplink()
    assert [message["type"].removeprefix("gateway.") for message in sent] == ["status", "perf", "status"]
    assert points("uplink")[-1]["timestamp"] == "2026-01-05T10:10:00Z"
    assert all(-110 < point["value"] < -80 for point in points("rssi"))


def test_its_radio_has_run_for_a_day_and_never_tells_more() -> None:
    radio = Radio(SN)
    first = radio.due(NOW)
    assert (len(first), first[0]["bucket"], first[-1]["bucket"]) == (144, "2026-01-04T10:10:00Z", "2026-01-05T10:00:00Z")
    assert radio.due(NOW) == []
    assert [each["bucket"] for each in radio.due(NOW + timedelta(minutes=10))] == ["2026-01-05T10:10:00Z"]
    assert len(radio.due(NOW + timedelta(days=3))) == 144
