"""Dispatch of orders to a gateway: reboot, password, upgrade."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from fleet.aws import clients, device_crypto
from fleet.grants import Grant
from functions.workers.downlink.dispatch import handler
from functions.workers.uplink.receive import handler as receive
from tests.harness.fleet import Hardware
from tests.harness.recorder import Recorder
from tests.workers.messages import NOW, deliver, deliver_rows, downlink_messages, outbox, uplink_message
from tests.workers.test_uplink_orders import give, order_result
from tests.workers.test_uplink_orders import hardware as hardware


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def dispatched_orders(hardware: Hardware) -> list[dict[str, Any]]:
    """Dispatch the outbox; returns type and payload of each message."""
    assert deliver_rows(handler, outbox(hardware)) == []
    return [{"type": message["type"], **message["payload"]} for message in downlink_messages(hardware)]


def test_a_reboot(hardware: Hardware) -> None:
    action = give(hardware, "reboot")
    assert dispatched_orders(hardware) == [{"type": "action.reboot", "actionId": action.id, "deadline": "2026-01-05T10:11:00Z"}]


def test_a_password(hardware: Hardware) -> None:
    action = give(hardware, "password")
    (message,) = dispatched_orders(hardware)
    secret = device_crypto.decrypt(hardware.sealing, f"{hardware.sn}:action.password", message.pop("ciphertext"))
    assert secret == b"blue-anchor-7"
    assert message == {"type": "action.password", "actionId": action.id, "deadline": "2026-01-05T10:15:00Z"}


@pytest.mark.parametrize(("kind", "seconds"), [("reboot", 61), ("password", 301)])
def test_is_not_sent_after_its_deadline(hardware: Hardware, kind: Any, seconds: int) -> None:
    give(hardware, kind)
    with time_machine.travel(NOW + timedelta(seconds=seconds), tick=False):
        assert dispatched_orders(hardware) == []


class TestUpgrade:
    """The image's URL is signed when the message is dispatched."""

    def test_holds_for_exactly_this_image(self, hardware: Hardware, aws_requests: Recorder) -> None:
        action = give(hardware, "upgrade")
        aws_requests.clear()
        (message,) = dispatched_orders(hardware)
        url = urlsplit(message.pop("url"))
        assert message == {"type": "action.upgrade", "actionId": action.id, "version": "2.2.13", "sha256": "0" * 64}
        assert url.path.endswith("/firmware/2.2.13")
        signature = parse_qs(url.query)
        assert (signature["X-Amz-Expires"], signature["X-Amz-SignedHeaders"]) == (["3600"], ["host"])
        assert Grant("FilesBucket/firmware/*", "s3:GetObject") in aws_requests.grants & handler.worker.grants

    def test_that_is_replaced_is_not_sent(self, hardware: Hardware) -> None:
        give(hardware, "upgrade")
        newest = give(hardware, "upgrade", "2.2.21")
        assert [message["actionId"] for message in dispatched_orders(hardware)] == [newest.id]

    def test_that_is_done_is_not_sent(self, hardware: Hardware) -> None:
        deliver(receive, uplink_message(hardware, "action.result", order_result(give(hardware, "upgrade"))))
        assert dispatched_orders(hardware) == []

    def test_to_a_firmware_that_was_withdrawn_is_not_sent(self, hardware: Hardware) -> None:
        give(hardware, "upgrade")
        key = {"pk": {"S": "FIRMWARE#RAK7268V2"}, "sk": {"S": "2.2.13"}}
        clients.dynamodb().delete_item(TableName=clients.setting("FLEET_TABLE"), Key=key)
        assert dispatched_orders(hardware) == []

    def test_is_sent_once_in_five_minutes(self, hardware: Hardware) -> None:
        give(hardware, "upgrade")
        deliver(receive, uplink_message(hardware, "presence", {"connected": True}, seq=2))
        assert len(outbox(hardware)) == 1
        assert datetime.now(UTC) == NOW
