"""POST /things/{tuid}/commands: a request that is accepted fits the gateway's queue, which counts bytes."""

from __future__ import annotations

import json

import pytest

from fleet.aws import clients
from functions.thingsee.command.send import handler as send
from functions.workers.downlink.dispatch import handler as dispatch
from functions.workers.outbox.relay import handler as relay
from tests.contract.thingsee.tenant import Tenant, refusal_message, writes
from tests.harness.aws import messages, partition
from tests.harness.fleet import QUEUE, Hardware
from tests.harness.recorder import Recorder
from tests.workers.messages import deliver_rows, outbox

BODY = 128 * 1024


def requested(text: str, size: int) -> bytes:
    """A request of about this many bytes, with this text in each of its twenty messages."""
    bare = {"tsmId": 1500, "tsmEv": 30, "x": ""}
    room = size // 20 - len(json.dumps(bare, separators=(",", ":"))) - 2
    each = {**bare, "x": text * (room // len(text.encode()))}
    return json.dumps([each] * 20, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.fixture
def hardware(tenant: Tenant, gateway: str) -> Hardware:
    """The gateway that heard the sensor, with an empty queue."""
    found = tenant.things.hardware[gateway]
    clients.sqs().create_queue(QueueName=found.factory.queue_url.rpartition("/")[2], Attributes=QUEUE)
    return found


def test_what_is_not_ascii_is_sent_in_utf_8(tenant: Tenant, heard_sensor: str, hardware: Hardware) -> None:
    body = requested("é", BODY)
    assert BODY - 1024 < len(body) <= BODY
    answer = tenant.ask(send, body, tuid=heard_sensor)
    assert answer.status == 200
    assert deliver_rows(dispatch, outbox(hardware)) == []
    (text,) = messages(hardware.factory.queue_url)
    assert len(text.encode()) < len(body) + 4096
    assert json.loads(text)["payload"]["messages"] == answer.json["data"]["commands"]


def test_what_a_queue_refuses_is_escaped(tenant: Tenant, heard_sensor: str, hardware: Hardware) -> None:
    answer = tenant.ask(send, requested("\ufffe\uffff\u007f\U0001ffff", 4096), tuid=heard_sensor)
    assert deliver_rows(dispatch, outbox(hardware)) == []
    (text,) = messages(hardware.factory.queue_url)
    assert json.loads(text)["payload"]["messages"] == answer.json["data"]["commands"]


def test_what_would_be_too_large_is_400_and_nothing_is_stored(
    tenant: Tenant, heard_sensor: str, sensor: str, aws_requests: Recorder
) -> None:
    """The character takes three bytes in the request and six in the queue. What is held for a thing has to fit as well."""
    body = requested("\uffff", BODY)
    assert len(body) <= BODY
    aws_requests.clear()
    for tuid in (heard_sensor, sensor):
        refusal_message(tenant.ask(send, body, tuid=tuid), 400)
    assert writes(aws_requests) == []
    assert partition("FleetTable", f"HELD#{sensor}") == []


def test_the_largest_that_is_accepted_is_sent(tenant: Tenant, heard_sensor: str, hardware: Hardware) -> None:
    sizes = [
        size for size in range(BODY, BODY - 6000, -500) if tenant.ask(send, requested("\uffff", size), tuid=heard_sensor).status == 200
    ]
    assert BODY - 6000 < max(sizes) < BODY
    assert deliver_rows(relay, outbox(hardware)) == deliver_rows(dispatch, outbox(hardware)) == []
    largest = clients.sqs().get_queue_attributes(QueueUrl=hardware.factory.queue_url, AttributeNames=["MaximumMessageSize"])["Attributes"]
    assert 250_000 < max(len(text.encode()) for text in messages(hardware.factory.queue_url)) <= int(largest["MaximumMessageSize"])
