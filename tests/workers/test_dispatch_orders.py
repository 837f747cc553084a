"""Orders that leave for a gateway: reboot, password, upgrade."""

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
from tests.workers.messages import NOW, deliver, deliver_rows, outbox, received, uplink_message
from tests.workers.test_uplink_orders import ended, ordered
from tests.workers.test_uplink_orders import hardware as hardware


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def told(hardware: Hardware) -> list[dict[str, Any]]:
    """Send what is in the outbox; what comes out: type and payload."""
    assert deliver_rows(handler, outbox(hardware)) == []
    return [{"type": message["type"], **message["payload"]} for message in received(hardware)]


def test_a_reboot(hardware: Hardware) -> None:
    action = ordered(hardware, "reboot")
    assert told(hardware) == [{"type": "action.reboot", "actionId": action.id, "deadline": "2026-01-05T10:11:00Z"}]


def test_a_password(hardware: Hardware) -> None:
    action = ordered(hardware, "password")
    (message,) = told(hardware)
    secret = device_crypto.unbox(hardware.sealing, f"{hardware.sn}:action.password", message.pop("ciphertext"))
    assert secret == b"blue-anchor-7"
    assert message == {"type": "action.password", "actionId": action.id, "deadline": "2026-01-05T10:15:00Z"}


@pytest.mark.parametrize(("kind", "seconds"), [("reboot", 61), ("password", 301)])
def test_is_not_sent_after_its_deadline(hardware: Hardware, kind: Any, seconds: int) -> None:
    ordered(hardware, kind)
    with time_machine.travel(NOW + timedelta(seconds=seconds), tick=False):
        assert told(hardware) == []


class TestUpgrade:
    """A gateway is told where the image is when the message leaves."""

    def test_holds_for_exactly_this_image(self, hardware: Hardware, signed: Recorder) -> None:
        action = ordered(hardware, "upgrade")
        signed.clear()
        (message,) = told(hardware)
        url = urlsplit(message.pop("url"))
        assert message == {"type": "action.upgrade", "actionId": action.id, "version": "2.2.13", "sha256": "0" * 64}
        assert url.path.endswith("/firmware/2.2.13")
        signature = parse_qs(url.query)
        assert (signature["X-Amz-Expires"], signature["X-Amz-SignedHeaders"]) == (["3600"], ["host"])
        assert Grant("FilesBucket/firmware/*", "s3:GetObject") in signed.grants & handler.worker.grants

    def test_that_is_replaced_is_not_sent(self, hardware: Hardware) -> None:
        ordered(hardware, "upgrade")
        newest = ordered(hardware, "upgrade", "2.2.21")
        assert [message["actionId"] for message in told(hardware)] == [newest.id]

    def test_that_is_done_is_not_sent(self, hardware: Hardware) -> None:
        deliver(receive, uplink_message(hardware, "action.result", ended(ordered(hardware, "upgrade"))))
        assert told(hardware) == []

    def test_to_a_firmware_that_was_withdrawn_is_not_sent(self, hardware: Hardware) -> None:
        ordered(hardware, "upgrade")
        key = {"pk": {"S": "FIRMWARE#RAK7268V2"}, "sk": {"S": "2.2.13"}}
        clients.dynamodb().delete_item(TableName=clients.setting("FLEET_TABLE"), Key=key)
        assert told(hardware) == []

    def test_is_sent_once_in_five_minutes(self, hardware: Hardware) -> None:
        ordered(hardware, "upgrade")
        deliver(receive, uplink_message(hardware, "presence", {"connected": True}, seq=2))
        assert len(outbox(hardware)) == 1
        assert datetime.now(UTC) == NOW
