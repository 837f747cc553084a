"""Delivers records to a worker's handler as Lambda's event source mappings do: batches, partial failures, retries, dead letters.

A call fails that takes longer than the worker's timeout, or whose answer is larger than Lambda carries. A batch that is larger
than an event may be is delivered in several.
"""

from __future__ import annotations

import base64
import json
import time
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from edge.sizes import MOST_PAYLOAD, payload_size
from edge.worker import WorkerEntry
from muster.local.context import Context, result_in_time

TRIES = 5
"""Retries of a failing stream record before it goes to the failure destination."""
Record = Mapping[str, Any]
_ROOM = MOST_PAYLOAD - payload_size({"Records": []})
"""Bytes for the records of an event."""


def sqs_record(message: Mapping[str, Any], queue_arn: str) -> dict[str, Any]:
    """A received message in the form of Lambda's event."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()},
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }


def stream_record(record: Record, stream_arn: str) -> Record:
    """A stream record in the form of Lambda's event."""
    plain: Record = _plain(record)
    return {**plain, "eventSourceARN": stream_arn}


def _plain(value: Any) -> Any:
    """The value for JSON: bytes as base64, a time as seconds."""
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return int(value.timestamp()) if isinstance(value, datetime) else value


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    attribute: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        attribute["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        attribute["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return attribute


def deliver_messages(entry: WorkerEntry, records: Sequence[Record]) -> list[str]:
    """Returns the receipt handles of messages that succeeded and can be deleted; the others are redelivered."""
    succeeded: list[str] = []
    for event in _events(records):
        failed = _failed_records(entry, event)
        succeeded += [record["receiptHandle"] for record in event if failed is not None and record["messageId"] not in failed]
    return succeeded


class StreamDelivery:
    """Delivers records of a shard in order: retries from the first failing one, bisects the batch, and finally discards the record."""

    def __init__(self, entry: WorkerEntry, put_aside: Callable[[Record], None], tries: int = TRIES, pause: float = 0.2) -> None:
        self._entry, self._put_aside, self._tries, self._pause = entry, put_aside, tries, pause

    def deliver(self, records: Sequence[Record]) -> None:
        """Deliver until each record has succeeded or was discarded. Records that the worker's filter excludes are skipped."""
        for event in _events([record for record in records if self._matches(record)]):
            self._deliver(event, self._tries)

    def _deliver(self, records: Sequence[Record], tries: int) -> None:
        rest = self._unfinished_records(records)
        if not rest:
            return
        if len(rest) < len(records):
            self._deliver(rest, self._tries)
        elif tries:
            time.sleep(self._pause)
            self._deliver(rest, tries - 1)
        elif len(rest) > 1:
            middle = len(rest) // 2
            self._deliver(rest[:middle], self._tries)
            self._deliver(rest[middle:], self._tries)
        else:
            self._put_aside(rest[0])

    def _unfinished_records(self, records: Sequence[Record]) -> Sequence[Record]:
        failed = _failed_records(self._entry, records)
        if failed is None:
            return records
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        return next((records[at:] for at, number in enumerate(numbers) if number in failed), [])

    def _matches(self, record: Record) -> bool:
        pk, sk = (record["dynamodb"]["Keys"][name].get("S", "") for name in ("pk", "sk"))
        return self._entry.worker.filter.takes(record["eventName"], pk, sk)


def invoke_scheduled(entry: WorkerEntry, due: datetime) -> None:
    """Invoke a worker for this scheduled time. A failure is printed and not retried."""
    event = {"source": "aws.events", "detail-type": "Scheduled Event", "time": due.strftime("%Y-%m-%dT%H:%M:%SZ")}
    _invoke(entry, event)


def _events(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """The records in their order, as many together as an event may have: a mapping begins another before it gets too large."""
    together, left = list[Record](), _ROOM
    for record in records:
        size = payload_size(record) + len(", ")
        if together and size > left:
            yield together
            together, left = [], _ROOM
        together.append(record)
        left -= size
    if together:
        yield together


def _failed_records(entry: WorkerEntry, records: Sequence[Record]) -> set[str] | None:
    """The identifiers of failed records; None when the call itself failed, and thus all of them."""
    succeeded, answer = _invoke(entry, {"Records": list(records)})
    return {failure["itemIdentifier"] for failure in (answer or {}).get("batchItemFailures", [])} if succeeded else None


def _invoke(entry: WorkerEntry, event: Mapping[str, Any]) -> tuple[bool, Any]:
    """Whether a call succeeded, and its result. Any exception is a failed call, as on Lambda."""
    name, seconds = entry.worker.name, entry.worker.timeout
    try:
        answer = result_in_time(Context(name, seconds).begin(entry, event), seconds)
        if payload_size(answer) > MOST_PAYLOAD:
            raise ValueError(f"the answer has more than {MOST_PAYLOAD} bytes")
    except Exception:
        traceback.print_exc()
        return False, None
    return True, answer


def dead_letter(worker: str, record: Record) -> str:
    """The message for the failure destination of a stream: the record's position, without its contents."""
    now = datetime.now(UTC).isoformat()
    number = record["dynamodb"]["SequenceNumber"]
    failure = {
        "requestContext": {"requestId": str(uuid.uuid4()), "functionArn": worker, "condition": "RetryAttemptsExhausted"},
        "version": "1.0",
        "timestamp": now,
        "DDBStreamBatchInfo": {
            "startSequenceNumber": number,
            "endSequenceNumber": number,
            "batchSize": 1,
            "streamArn": record["eventSourceARN"],
        },
    }
    return json.dumps(failure)
