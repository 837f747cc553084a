"""SQS: the FIFO queue of each gateway, and the queue that takes what the uplink refuses."""

from __future__ import annotations

from fleet import aws
from fleet.grants import needs


@needs("DownlinkQueues", "sqs:SendMessage")
def send_down(queue_url: str, sn: str, id: str, body: str) -> None:
    """Send to a gateway's queue, in order; the same id within five minutes is sent once."""
    aws.sqs().send_message(QueueUrl=queue_url, MessageBody=body, MessageGroupId=sn, MessageDeduplicationId=id)


@needs("UplinkDeadLetters", "sqs:SendMessage")
def reject(body: str, reason: str) -> None:
    """Put a message that must not be processed where an operator can look at it."""
    aws.sqs().send_message(
        QueueUrl=aws.setting("UPLINK_DEAD_LETTERS"),
        MessageBody=body,
        MessageAttributes={"reason": {"DataType": "String", "StringValue": reason}},
    )
