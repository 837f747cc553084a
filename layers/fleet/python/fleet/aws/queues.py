"""SQS: the FIFO queue of each gateway, and the dead-letter queues of the uplink."""

from __future__ import annotations

import json
from typing import Any

from fleet.aws import clients
from fleet.errors import Unreachable
from fleet.grants import needs

LARGEST = 256 * 1024
"""Bytes that a message to a device may have: its body, and the name, type and value of each attribute."""
_FORBIDDEN = str.maketrans({"\ufffe": "\\ufffe", "\uffff": "\\uffff"})
"""What SQS refuses in a body though JSON does not escape it."""


def text(document: Any) -> str:
    """A document as the body of a message: JSON in UTF-8, without characters that SQS refuses."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).translate(_FORBIDDEN)


@needs("DownlinkQueues", "sqs:SendMessage")
def send_down(queue_url: str, sn: str, id: str, body: str) -> None:
    """Send to a gateway's queue, in order; the same id within five minutes is sent once. Unreachable without a queue."""
    client = clients.sqs()
    try:
        client.send_message(QueueUrl=queue_url, MessageBody=body, MessageGroupId=sn, MessageDeduplicationId=id)
    except client.exceptions.QueueDoesNotExist:
        raise Unreachable("The gateway has no queue") from None


@needs("UplinkRefusedDeadLetters", "sqs:SendMessage")
def put_refused(body: str, reason: str) -> None:
    """Put what is to be known of a message that must not be processed into its dead-letter queue, with the reason."""
    _put(clients.setting("UPLINK_REFUSED_DEAD_LETTERS"), body, reason)


@needs("UplinkFailedDeadLetters", "sqs:SendMessage")
def put_failed(body: str, reason: str) -> None:
    """Put what is to be known of a message that could not be processed into its dead-letter queue, with the reason."""
    _put(clients.setting("UPLINK_FAILED_DEAD_LETTERS"), body, reason)


def _put(queue_url: str, body: str, reason: str) -> None:
    attributes: Any = {"reason": {"DataType": "String", "StringValue": reason}}
    clients.sqs().send_message(QueueUrl=queue_url, MessageBody=body, MessageAttributes=attributes)
