"""Workers: functions that a queue, a table's stream or a schedule calls, one record at a time.

A record that fails is reported: the queue or stream delivers it again, and after several failures sends it to the
dead-letter queue. A queue repeats the reported messages alone; a stream repeats everything from the first one that is
reported. So every worker must be idempotent; its docstring says why it is.

A stream keeps the order of changes to one item. The order of a partition's items, and one call at a time for a
partition, are usual and not promised: what must be in order carries its order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from edge.filters import Filter, Prefix
from edge.observe import count_failure, flush, logger
from edge.retry import TryAgain
from edge.start import collect_garbage_rarely
from fleet.grants import Grant, grants_of, layers_of

Kind = Literal["queue", "stream", "schedule"]
Per = Literal["record", "partition", "batch"]
Handle = Callable[[Sequence[Mapping[str, Any]]], Iterable[str]]
"""Calls a stream's worker with records; returns the numbers of those that failed."""


@dataclass(frozen=True)
class Message:
    """A queue's message: its text, its string attributes, and when the queue received it (UTC).

    `group` is its message group, "" without one; `sender` the IAM id of who sent it; `tries` how often it was delivered, with this time.
    """

    id: str
    body: str
    attributes: Mapping[str, str]
    received: datetime
    group: str
    sender: str
    tries: int


@dataclass(frozen=True)
class Change:
    """A change of one item: its new image in DynamoDB's types, or its keys alone if the stream has no image."""

    id: str
    item: Mapping[str, Any]
    removed: bool = False
    """Whether the item was deleted; `item` then has its keys alone."""


@dataclass(frozen=True)
class GiveUp:
    """What is done with a queue's message that has failed so many times, in place of another try."""

    tries: int
    work: Callable[[Message], None]


@dataclass(frozen=True)
class Worker:
    """A declared worker. `source` is the logical name of its queue or table, or its schedule; `timeout` in seconds, `memory` in MB."""

    kind: Kind
    source: str
    name: str
    summary: str
    uses: tuple[Callable[..., Any], ...]
    batch: int
    timeout: int
    memory: int
    filter: Filter = field(default_factory=Filter)
    """For a stream: which changes."""
    window: int = 0
    """For a stream: seconds for which changes are collected into a batch."""
    at_once: int | None = None
    """For a queue: the most concurrent calls, so that a flood of messages leaves the account's concurrency to the routes."""
    settings: tuple[str, ...] = ()
    """For a queue: parameters of the root template that the function gets as variables."""
    give_up: GiveUp | None = None
    """For a queue: what is done with a message before its queue puts the whole of it aside."""

    @property
    def grants(self) -> frozenset[Grant]:
        return grants_of(self.uses)

    @property
    def layers(self) -> frozenset[str]:
        return layers_of(self.uses)


class WorkerEntry:
    """A worker's Lambda entry point. `per` says what of a stream's records one call of `work` is for."""

    def __init__(self, worker: Worker, work: Callable[[Any], Any], per: Per = "record") -> None:
        collect_garbage_rarely()
        self.worker, self.work = worker, work
        self._handle: Handle = {"record": self._handle_changes, "partition": self._handle_partitions, "batch": self._handle_batch}[per]

    def __call__(self, event: Any, context: Any) -> Any:
        try:
            return self._run(event, context)
        finally:
            flush()

    def _run(self, event: Any, context: Any) -> Any:
        if self.worker.kind == "schedule":
            self.work(datetime.fromisoformat(event["time"]))
            return None
        if self.worker.kind == "stream":
            return {"batchItemFailures": [{"itemIdentifier": number} for number in self._handle(event["Records"])]}
        processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        return process_partial_response(event=event, record_handler=self._handle_record, processor=processor, context=context)

    def _handle_partitions(self, records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """Call the worker once for each partition; yields the numbers of all records of a partition that failed."""
        groups: dict[str, list[Mapping[str, Any]]] = {}
        for record in records:
            groups.setdefault(_partition(record), []).append(record)
        for group in groups.values():
            if not self._succeeds([_change(record) for record in group]):
                yield from map(_number, group)

    def _handle_changes(self, records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """Call the worker once for each record; yields the numbers of those that failed, and of later ones in the same partition.

        The latter wait for the next delivery of the failed one, which the stream begins with.
        """
        failed = set[str]()
        for record in records:
            if _partition(record) in failed or not self._succeeds(_change(record)):
                failed.add(_partition(record))
                yield _number(record)

    def _handle_batch(self, records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """Call the worker once, which returns why which of the changes failed; yields the numbers of these."""
        numbers = {record["eventID"]: _number(record) for record in records}
        for id, reason in self.work([_change(record) for record in records]).items():
            logger.error("record failed", worker=self.worker.name, reason=reason)
            count_failure(self.worker.name)
            yield numbers[id]

    def _succeeds(self, argument: Any) -> bool:
        try:
            self.work(argument)
        except Exception:  # as Powertools does for messages of queues: logged, reported and delivered again
            self._report_failure()
            return False
        return True

    def _handle_record(self, record: SQSRecord) -> None:
        message, give_up = _message(record), self.worker.give_up
        try:
            self.work(message)
        except Exception as failure:
            if not isinstance(failure, TryAgain):
                self._report_failure()
            if give_up is None or message.tries < give_up.tries:
                raise
            give_up.work(message)

    def _report_failure(self) -> None:
        """A record that fails is no error of the function to Lambda, so it is counted here, for the alarm `RecordsFail`."""
        logger.exception("record failed", worker=self.worker.name)
        count_failure(self.worker.name)


def _partition(record: Mapping[str, Any]) -> str:
    return str(record["dynamodb"]["Keys"]["pk"]["S"])


def _number(record: Mapping[str, Any]) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


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
        group=record.attributes.message_group_id or "",
        sender=record.attributes.sender_id,
        tries=int(record.attributes.approximate_receive_count),
    )


def _change(record: Mapping[str, Any]) -> Change:
    change = record["dynamodb"]
    return Change(record["eventID"], change.get("NewImage", change["Keys"]), record["eventName"] == "REMOVE")


def queue(
    source: str,
    name: str,
    *,
    uses: Sequence[Callable[..., Any]],
    batch: int = 10,
    at_once: int = 50,
    timeout: int = 30,
    memory: int = 512,
    give_up: GiveUp | None = None,
    settings: tuple[str, ...] = (),
) -> Callable[[Callable[[Message], None]], WorkerEntry]:
    """Declare a worker on a queue. It is called once for each message."""
    return _declare("queue", source, name, uses, batch, timeout, memory, at_once=at_once, give_up=give_up, settings=settings)


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
) -> Callable[[Callable[[Change], None]], WorkerEntry]:
    """Declare a worker on a table's stream. It is called once for each item inserted under `prefix` or deleted under `removed`.

    When a record fails, later ones of its partition in the batch wait for it.
    """
    return _declare("stream", source, name, uses, batch, timeout, memory, filter=Filter((prefix,), removed=removed))


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
) -> Callable[[Callable[[Sequence[Change]], None]], WorkerEntry]:
    """Declare a worker on a table's stream that is called once a batch for each partition, with all items inserted or modified there.

    Usually the calls for a partition follow one another. DynamoDB may split a partition that is busy, so the worker must bear two at once.
    """
    wanted = Filter(tuple(prefixes), ("INSERT", "MODIFY"))
    return _declare("stream", source, name, uses, batch, timeout, memory, per="partition", filter=wanted, window=window)


def batches(
    source: str,
    name: str,
    *,
    prefixes: Sequence[Prefix],
    uses: Sequence[Callable[..., Any]],
    batch: int = 100,
    timeout: int = 30,
    memory: int = 512,
) -> Callable[[Callable[[Sequence[Change]], Mapping[str, str]]], WorkerEntry]:
    """Declare a worker on a table's stream that is called once a batch, with all items inserted under one of the prefixes.

    It returns the ids of the changes that failed, each with the reason. The stream repeats them, and what came after the first of them.
    """
    return _declare("stream", source, name, uses, batch, timeout, memory, per="batch", filter=Filter(tuple(prefixes)))


def schedule(
    rate: str, name: str, *, uses: Sequence[Callable[..., Any]], timeout: int = 60, memory: int = 512
) -> Callable[[Callable[[datetime], None]], WorkerEntry]:
    """Declare a worker that a schedule (`rate(1 minute)`) calls, with the time at which the call is due."""
    return _declare("schedule", rate, name, uses, 1, timeout, memory)


def _declare(
    kind: Kind,
    source: str,
    name: str,
    uses: Sequence[Callable[..., Any]],
    batch: int,
    timeout: int,
    memory: int,
    *,
    per: Per = "record",
    **options: Any,
) -> Callable[[Callable[[Any], Any]], WorkerEntry]:
    """`options` are the further fields of Worker."""

    def declare(work: Callable[[Any], Any]) -> WorkerEntry:
        summary = (work.__doc__ or "").strip().partition("\n")[0]
        return WorkerEntry(Worker(kind, source, name, summary, tuple(uses), batch, timeout, memory, **options), work, per)

    return declare
