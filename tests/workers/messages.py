"""Signed uplink messages of a gateway, their delivery to workers, the outbox and the downlink queue."""

from __future__ import annotations

import base64
import itertools
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from edge.worker import WorkerEntry
from fleet.aws import clients
from fleet.outbox.letters import Letters
from fleet.outbox.messages import PREFIX
from tests.harness.aws import partition
from tests.harness.call import invoke
from tests.harness.fleet import Hardware

NOW = datetime(2026, 1, 5, 10, 10, tzinfo=UTC)
BOOT, NEXT_BOOT = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
SENDER = "AROAEXAMPLEOFADEVICE:session"
"""Who sends all messages, as IAM calls it."""
_ids = itertools.count(1)


@dataclass(frozen=True)
class UplinkMessage:
    """A message in the uplink queue, when the queue received it, its message group, and how often it was delivered."""

    body: str
    signature: str
    received: datetime = NOW
    group: str = ""
    tries: int = 1
    id: str = field(default_factory=lambda: f"letter-{next(_ids)}")


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def sign(hardware: Hardware, body: str, received: datetime = NOW) -> UplinkMessage:
    """Sign any text as this gateway, and send it in the group of the gateway that it names, else in its own."""
    return UplinkMessage(body, base64.b64encode(hardware.signing.sign(body.encode())).decode(), received, _named(body) or hardware.sn)


def _named(body: str) -> str:
    """The serial number in a text, in capitals; "" where there is none."""
    try:
        return str(json.loads(body)["sn"]).upper()
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""


def uplink_message(
    hardware: Hardware,
    type: str,
    payload: Any,
    *,
    seq: int = 1,
    boot: str = BOOT,
    sent: datetime | None = None,
    received: datetime = NOW,
    **members: Any,
) -> UplinkMessage:
    """A message of a gateway; `members` replace those of the envelope."""
    message = {
        "v": 1,
        "type": f"gateway.{type}",
        "sn": hardware.sn,
        "messageId": str(uuid.uuid4()),
        "bootId": boot,
        "seq": seq,
        "sentAt": stamp(sent or received),
        "payload": payload,
        **members,
    }
    return sign(hardware, json.dumps(message, ensure_ascii=False), received)


def state_message(hardware: Hardware, payload: Any, **settings: Any) -> UplinkMessage:
    """A message with states of a gateway's devices."""
    made = uplink_message(hardware, "status", payload, **settings)
    return sign(hardware, made.body.replace('"gateway.status"', '"device.state"', 1), made.received)


def hello(hardware: Hardware, applied: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "eui": hardware.factory.eui,
        "mac": hardware.factory.mac,
        "model": hardware.factory.model,
        "firmware": "2.2.21",
        "channels": 8,
        "hasModem": True,
        "hasBattery": False,
        "appliedConfigVersion": applied,
        **fields,
    }


def deliver(entry: WorkerEntry, *messages: UplinkMessage) -> list[str]:
    """Deliver messages to a queue's worker in one batch; returns the ids of those that it reports as failed."""
    records = [
        {
            "messageId": each.id,
            "receiptHandle": "handle",
            "body": each.body,
            "attributes": {
                "SentTimestamp": str(int(each.received.timestamp() * 1000)),
                "ApproximateReceiveCount": str(each.tries),
                "SenderId": SENDER,
                **({"MessageGroupId": each.group} if each.group else {}),
            },
            "messageAttributes": {"signature": {"stringValue": each.signature, "dataType": "String"}} if each.signature else {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:queue",
            "awsRegion": "eu-west-1",
        }
        for each in messages
    ]
    return [failure["itemIdentifier"] for failure in invoke(entry, {"Records": records})["batchItemFailures"]]


def outbox(hardware: Hardware) -> list[dict[str, Any]]:
    """The rows of the outbox for a gateway."""
    return partition("FleetTable", f"{PREFIX}{hardware.sn}")


def in_order(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the outbox in the order of their messages' numbers."""
    return sorted(rows, key=lambda row: int(json.loads(row["body"]["S"])["number"]))


def stream_event(rows: Sequence[dict[str, Any]], became: str = "INSERT") -> dict[str, Any]:
    """The table's stream event for inserted rows, or for removed ones (REMOVE), which has only their keys."""
    return {
        "Records": [
            {
                "eventID": f"event-{number}",
                "eventName": became,
                "eventSource": "aws:dynamodb",
                "awsRegion": "eu-west-1",
                "eventSourceARN": "arn:aws:dynamodb:eu-west-1:123456789012:table/FleetTable/stream/now",
                "dynamodb": {
                    "Keys": {"pk": row["pk"], "sk": row["sk"]},
                    **({} if became == "REMOVE" else {"NewImage": row}),
                    "SequenceNumber": str(1000 + number),
                    "StreamViewType": "NEW_IMAGE",
                },
            }
            for number, row in enumerate(rows)
        ]
    }


def deliver_rows(entry: WorkerEntry, rows: Sequence[dict[str, Any]], became: str = "INSERT") -> list[str]:
    """Deliver rows to a stream's worker; returns the sequence numbers of those that it reports as failed.

    To a queue's worker, deliver the letters of the rows as the queue does: one a call, and none behind one of its group that failed.
    """
    if entry.worker.kind == "queue":
        return list(_deliver_letters(entry, rows))
    return [failure["itemIdentifier"] for failure in invoke(entry, stream_event(rows, became))["batchItemFailures"]]


def _deliver_letters(entry: WorkerEntry, rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The numbers of the rows whose letters stay in the queue."""
    blocked = set[str]()
    for number, row in enumerate(rows):
        letter = Letters.parse(row).message
        if letter.group in blocked or deliver(entry, UplinkMessage(letter.body, "", group=letter.group, id=letter.id)):
            blocked.add(letter.group)
            yield str(1000 + number)


def take_messages(queue_url: str) -> list[dict[str, Any]]:
    """Receive and delete the messages in a queue; returns their bodies and string attributes."""
    found = clients.sqs().receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get("Messages", [])
    for message in found:
        clients.sqs().delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    return [
        {"body": message["Body"], **{name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()}}
        for message in found
    ]


def take_uplink(received: datetime = NOW) -> list[UplinkMessage]:
    """Receive and delete the messages in the uplink queue, in their groups."""
    url = clients.setting("UPLINK_QUEUE")
    found = clients.sqs().receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], MessageSystemAttributeNames=["MessageGroupId"]
    )
    taken = []
    for message in found.get("Messages", []):
        clients.sqs().delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        signature, group = message["MessageAttributes"]["signature"]["StringValue"], message["Attributes"].get("MessageGroupId", "")
        taken.append(UplinkMessage(message["Body"], signature, received, group))
    return taken


def dead_letters() -> list[dict[str, Any]]:
    """Receive and delete the messages that the uplink refused."""
    return take_messages(clients.setting("UPLINK_REFUSED_DEAD_LETTERS"))


def downlink_messages(hardware: Hardware) -> list[dict[str, Any]]:
    """Receive and delete the messages in a gateway's downlink queue."""
    return [json.loads(message["body"]) for message in take_messages(hardware.factory.queue_url)]
