"""SQS: the FIFO queue of each gateway, the internal queues between workers, and the dead-letter queues of the uplink."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from fleet.aws import clients
from fleet.errors import Unreachable
from fleet.grants import needs

LARGEST = 256 * 1024
"""Bytes that a message may have: its body, and the name, type and value of each attribute. A batch has no more altogether."""
AT_ONCE = 10
"""Messages of a batch."""
Queue = Literal["Callbacks", "Downlinks", "Folds", "Jobs", "Mail"]
"""The internal queues. The relay sends to them, and each has one worker."""
QUEUES: Sequence[Queue] = get_args(Queue)
IN_ORDER: Collection[Queue] = ("Downlinks", "Folds")
"""Those that keep the order of a group, and drop what they had with the same id within five minutes: FIFO queues."""
_FORBIDDEN = str.maketrans({"\ufffe": "\\ufffe", "\uffff": "\\uffff"})
"""What SQS refuses in a body though JSON does not escape it."""


@dataclass(frozen=True)
class Message:
    """A message for an internal queue, in a group of it. `id` is one of at most 128 characters for each message of the group."""

    id: str
    group: str
    body: str

    @property
    def size(self) -> int:
        """In bytes, as the queue counts it."""
        return len(self.body.encode())


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


def variable(queue: Queue) -> str:
    """The setting that has the URL of an internal queue."""
    return f"{queue.upper()}_QUEUE"


@needs("Callbacks", "sqs:SendMessage")
@needs("Downlinks", "sqs:SendMessage")
@needs("Folds", "sqs:SendMessage")
@needs("Jobs", "sqs:SendMessage")
@needs("Mail", "sqs:SendMessage")
def send_internally(queue: Queue, messages: Sequence[Message]) -> Mapping[Message, str]:
    """Send messages to an internal queue, in their order, in as few requests as may be.

    What could not be sent, with the reason: a code of AWS, or the kind of error. A message that is not sent does not keep the others.
    """
    failed: dict[Message, str] = {}
    for batch in _batches(messages):
        failed |= _send_batch(queue, batch)
    return failed


def _send_batch(queue: Queue, batch: Sequence[Message]) -> Mapping[Message, str]:
    client, url = clients.sqs(), clients.setting(variable(queue))
    entries: Any = [
        {
            "Id": str(number),
            "MessageBody": each.body,
            "MessageGroupId": each.group,
            **({"MessageDeduplicationId": each.id} if queue in IN_ORDER else {}),
        }
        for number, each in enumerate(batch)
    ]
    try:
        refused = client.send_message_batch(QueueUrl=url, Entries=entries).get("Failed", [])
    except clients.failures() as error:
        return dict.fromkeys(batch, clients.reason(error))
    return {batch[int(each["Id"])]: each["Code"] for each in refused}


def _batches(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    batch, left = list[Message](), LARGEST
    for message in messages:
        if batch and (len(batch) == AT_ONCE or message.size > left):
            yield batch
            batch, left = [], LARGEST
        batch.append(message)
        left -= message.size
    if batch:
        yield batch


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
