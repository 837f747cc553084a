"""Runs one worker as Lambda would: a child of `muster up` that polls its queue or stream, or keeps its schedule."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

from edge.worker import Entry
from muster.entries import workers
from muster.local.children import told_to_stop
from muster.local.context import Context
from muster.local.deliver import FromStream, Record, dead_letter, from_queue, sqs_record, stream_record
from muster.local.streams import Stream
from muster.operator.environment import variable

LONG_POLL = 1
"""Seconds that a receive waits for a message; as long, at most, does a worker take to see that it must stop."""
IDLE = 0.2
"""Seconds between two looks at a stream that has nothing new."""
POSITIONS = "MUSTER_POSITIONS"
"""The variable that names the folder in which stream workers keep how far they are."""


def main(name: str) -> int:
    """Run the worker of this name until told to stop; what it is at is finished first."""
    found = workers()
    if name not in found:
        print(f"muster: there is no worker {name}: there are {', '.join(sorted(found))}", file=sys.stderr)
        return 2
    run(found[name], told_to_stop())
    return 0


def run(entry: Entry, stop: threading.Event) -> None:
    """Feed this worker until told to stop."""
    {"queue": _queue, "stream": _stream, "schedule": _schedule}[entry.worker.kind](entry, stop)


def _queue(entry: Entry, stop: threading.Event) -> None:
    sqs = boto3.client("sqs")
    url = os.environ[variable(entry.worker.source)]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    while not stop.is_set():
        messages = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(entry.worker.batch, 10),
            WaitTimeSeconds=LONG_POLL,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if messages:
            done = from_queue(entry, [sqs_record(dict(message), arn) for message in messages])
            entries: Any = [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(done)]
            if entries:
                sqs.delete_message_batch(QueueUrl=url, Entries=entries)


def _stream(entry: Entry, stop: threading.Event) -> None:
    table = boto3.client("dynamodb").describe_table(TableName=os.environ[variable(entry.worker.source)])["Table"]
    folder = os.environ.get(POSITIONS)
    stream = Stream(table["LatestStreamArn"], Path(folder) / f"{entry.worker.name}.json" if folder else None)
    mapping = FromStream(entry, lambda record: _put_aside(entry.worker.name, record))
    while not stop.is_set():
        idle = True
        for batch in stream.read(entry.worker.batch):
            mapping.deliver([stream_record(record, stream.arn) for record in batch.records])
            stream.done(batch)
            idle = False
        if idle:
            stop.wait(IDLE)


def _put_aside(worker: str, record: Record) -> None:
    boto3.client("sqs").send_message(QueueUrl=os.environ["STREAM_DEAD_LETTERS"], MessageBody=dead_letter(worker, record))


def _schedule(entry: Entry, stop: threading.Event) -> None:
    for due in _ticks(period(entry.worker.source), stop.wait):
        event = {"source": "aws.events", "detail-type": "Scheduled Event", "time": due.strftime("%Y-%m-%dT%H:%M:%SZ")}
        entry(event, Context(entry.worker.name, entry.worker.timeout))


def _ticks(seconds: int, wait: Callable[[float], bool]) -> Iterator[datetime]:
    """The moments at which a schedule is due, each when it has come; `wait` says whether to end."""
    while True:
        now = time.time()
        due = (int(now) // seconds + 1) * seconds
        if wait(due - now):
            return
        yield datetime.fromtimestamp(due, UTC)


def period(rate: str) -> int:
    """The seconds of `rate(1 minute)`, `rate(2 hours)`. ValueError for another form of schedule."""
    found = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", rate)
    if found is None:
        raise ValueError(rate)
    return int(found[1]) * {"minute": 60, "hour": 3600, "day": 86400}[found[2]]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
