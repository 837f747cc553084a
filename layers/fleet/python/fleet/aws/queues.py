"""SQS: the FIFO queue of each gateway, and the dead-letter queue of the uplink."""

from __future__ import annotations

from typing import Any

from fleet.aws import clients
from fleet.errors import Unreachable
from fleet.grants import needs


@needs("DownlinkQueues", "sqs:SendMessage")
def send_down(queue_url: str, sn: str, id: str, body: str) -> None:
    """Send to a gateway's queue, in order; the same id within five minutes is sent once. Unreachable without a queue."""
    client = clients.sqs()
    try:
        client.send_message(QueueUrl=queue_url, MessageBody=body, MessageGroupId=sn, MessageDeduplicationId=id)
    except client.exceptions.QueueDoesNotExist:
        raise Unreachable("The gateway has no queue") from None


@needs("UplinkDeadLetters", "sqs:SendMessage")
def reject(body: str, signature: str, reason: str) -> None:
    """Put a message that must not be processed into the dead-letter queue, with its signature and the reason."""
    attributes: dict[str, Any] = {"reason": reason, "signature": signature}
    clients.sqs().send_message(
        QueueUrl=clients.setting("UPLINK_DEAD_LETTERS"),
        MessageBody=body,
        MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value},
    )
