"""Workers: functions that queues, the table's stream and schedules call, one record at a time.

A record that fails is reported on its own, so that it costs no other: the queue or stream brings it again, and after
some tries puts it aside. So every worker must be harmless when it gets a record twice; its docstring says why it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from edge.observe import flush, logger
from edge.start import collect_garbage_rarely
from fleet.grants import Grant, grants_of, layers_of

Kind = Literal["queue", "stream", "schedule"]


@dataclass(frozen=True)
class Message:
    """A queue's message: its text, its string attributes, and when the queue took it."""

    id: str
    body: str
    attributes: Mapping[str, str]
    received: datetime


@dataclass(frozen=True)
class Change:
    """A change of the table: the new image of an item, in DynamoDB's own types; its keys where the stream holds no more."""

    id: str
    item: Mapping[str, Any]
    removed: bool = False
    """The item is gone; of it only its keys are known."""


@dataclass(frozen=True)
class Worker:
    """What a decorated function declared. `source` is the queue's or table's logical name, or the schedule."""

    kind: Kind
    source: str
    name: str
    summary: str
    uses: tuple[Callable[..., Any], ...]
    batch: int
    timeout: int
    memory: int
    prefixes: tuple[str, ...] = ()
    """For a stream: only items whose partition key begins with one of these."""
    events: tuple[str, ...] = ("INSERT",)
    """For a stream: what has become of the items, INSERT or MODIFY."""
    window: int = 0
    """For a stream: seconds in which changes are gathered into a batch."""
    removed: str | None = None
    """For a stream: also removed items whose partition key begins with this."""
    at_once: int | None = None
    """For a queue: calls at one time, so that a flood of messages leaves the account's concurrency to the routes."""

    @property
    def grants(self) -> frozenset[Grant]:
        return grants_of(self.uses)

    @property
    def layers(self) -> frozenset[str]:
        return layers_of(self.uses)

    @property
    def pattern(self) -> str:
        """The filter of a stream's event source mapping."""
        key = {"pk": {"S": [{"prefix": prefix} for prefix in self.prefixes]}}
        return json.dumps({"eventName": list(self.events), "dynamodb": {"Keys": key}}, separators=(",", ":"))

    @property
    def patterns(self) -> Sequence[str]:
        """All filters of the event source mapping; what passes one of them comes."""
        if self.removed is None:
            return (self.pattern,)
        gone = {"eventName": ["REMOVE"], "dynamodb": {"Keys": {"pk": {"S": [{"prefix": self.removed}]}}}}
        return self.pattern, json.dumps(gone, separators=(",", ":"))

    def takes(self, event: str, pk: str) -> bool:
        """Whether the patterns let a change of this kind to an item with this partition key pass."""
        return (event in self.events and pk.startswith(self.prefixes)) or (
            event == "REMOVE" and self.removed is not None and pk.startswith(self.removed)
        )


class Entry:
    """A worker's Lambda entry point."""

    def __init__(self, worker: Worker, work: Callable[[Any], None], together: bool = False) -> None:
        collect_garbage_rarely()
        self.worker, self.work, self._together = worker, work, together
        self._type = EventType.DynamoDBStreams if worker.kind == "stream" else EventType.SQS

    def __call__(self, event: Any, context: Any) -> Any:
        try:
            return self._run(event, context)
        finally:
            flush()

    def _run(self, event: Any, context: Any) -> Any:
        if self.worker.kind == "schedule":
            self.work(datetime.fromisoformat(event["time"]))
            return None
        if self._together:
            return {"batchItemFailures": list(self._partitions(event["Records"]))}
        processor = BatchProcessor(event_type=self._type, raise_on_entire_batch_failure=False)
        return process_partial_response(event=event, record_handler=self._one, processor=processor, context=context)

    def _partitions(self, records: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
        """Hand over the changes of each partition at once; those of one that fails are reported."""
        groups: dict[str, list[Mapping[str, Any]]] = {}
        for record in records:
            groups.setdefault(record["dynamodb"]["Keys"]["pk"]["S"], []).append(record)
        for group in groups.values():
            try:
                self.work([_change(DynamoDBRecord(dict(record))) for record in group])
            except Exception:  # as Powertools does for single records: told, reported, and brought again
                logger.exception("partition failed")
                yield from ({"itemIdentifier": record["dynamodb"]["SequenceNumber"]} for record in group)

    def _one(self, record: Any) -> None:
        try:
            self.work(_change(record) if self.worker.kind == "stream" else _message(record))
        except Exception:
            logger.exception("record failed")
            raise


def _message(record: SQSRecord) -> Message:
    return Message(
        id=record.message_id,
        body=record.body,
        attributes={
            name: value["stringValue"] or ""
            for name, value in record.raw_event.get("messageAttributes", {}).items()
            if "stringValue" in value
        },
        received=datetime.fromtimestamp(int(record.attributes.sent_timestamp) / 1000, UTC),
    )


def _change(record: DynamoDBRecord) -> Change:
    told = record.raw_event["dynamodb"]
    return Change(record.event_id or "", told.get("NewImage", told["Keys"]), record.raw_event["eventName"] == "REMOVE")


def queue(
    source: str,
    name: str,
    *,
    uses: Sequence[Callable[..., Any]],
    batch: int = 10,
    at_once: int = 50,
    timeout: int = 30,
    memory: int = 512,
) -> Callable[[Callable[[Message], None]], Entry]:
    """Declare a worker on a queue. It is called for each message."""
    return _declare("queue", source, name, uses, batch, timeout, memory, at_once=at_once)


def stream(
    source: str,
    name: str,
    *,
    prefix: str,
    uses: Sequence[Callable[..., Any]],
    removed: str | None = None,
    batch: int = 25,
    timeout: int = 30,
    memory: int = 512,
) -> Callable[[Callable[[Change], None]], Entry]:
    """Declare a worker on a table's stream. It is called for each inserted item under the prefix, and each removed one under `removed`."""
    return _declare("stream", source, name, uses, batch, timeout, memory, (prefix,), removed)


def partitions(
    source: str,
    name: str,
    *,
    prefixes: Sequence[str],
    uses: Sequence[Callable[..., Any]],
    batch: int = 100,
    window: int = 10,
    timeout: int = 60,
    memory: int = 512,
) -> Callable[[Callable[[Sequence[Change]], None]], Entry]:
    """Declare a worker on a table's stream that is called once a batch for each partition, with all that came or changed there.

    A stream keeps the changes of a partition in order and hands them to one call at a time.
    """

    def declare(work: Callable[[Sequence[Change]], None]) -> Entry:
        told = Worker(
            "stream", source, name, _summary(work), tuple(uses), batch, timeout, memory, tuple(prefixes), ("INSERT", "MODIFY"), window
        )
        return Entry(told, work, together=True)

    return declare


def schedule(
    rate: str, name: str, *, uses: Sequence[Callable[..., Any]], timeout: int = 60, memory: int = 512
) -> Callable[[Callable[[datetime], None]], Entry]:
    """Declare a worker that a schedule calls (`rate(1 minute)`), with the time for which it is called."""
    return _declare("schedule", rate, name, uses, 1, timeout, memory)


def _declare(
    kind: Kind,
    source: str,
    name: str,
    uses: Sequence[Callable[..., Any]],
    batch: int,
    timeout: int,
    memory: int,
    prefixes: tuple[str, ...] = (),
    removed: str | None = None,
    at_once: int | None = None,
) -> Callable[[Callable[[Any], None]], Entry]:
    def declare(work: Callable[[Any], None]) -> Entry:
        told = Worker(kind, source, name, _summary(work), tuple(uses), batch, timeout, memory, prefixes, removed=removed, at_once=at_once)
        return Entry(told, work)

    return declare


def _summary(work: Callable[..., Any]) -> str:
    return (work.__doc__ or "").strip().partition("\n")[0]
