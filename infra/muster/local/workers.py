"""Runs workers as Lambda would: a child process of `muster up` with a thread for each queue, stream and schedule."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Container, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

from edge.worker import WorkerEntry
from fleet.aws import queues
from muster.entries import workers
from muster.local import clients
from muster.local.children import stop_event
from muster.local.deliver import StreamDelivery, dead_letter, deliver_messages, invoke_scheduled, sqs_record, stream_record
from muster.local.streams import POSITIONS, Stream
from muster.operator.environment import variable

LONG_POLL = 1
"""Seconds of a long poll; a worker takes at most as long to notice that it must stop."""
IDLE = 0.2
"""Seconds between two polls of an idle stream."""
_LONGEST = 7.0
"""Seconds for all workers to finish their calls after a stop: less than the parent process waits."""
_TURN = 0.0005
"""Python's thread switch interval in seconds. With the default of 0.005, threads that wait for AWS are delayed much longer."""

Feed = Callable[[threading.Event], None]
"""Invokes a worker with records from its source until the event is set."""


def main(names: Sequence[str] = ()) -> int:
    """Run the named workers, or all, until the process is asked to stop. Returns its exit status."""
    found = workers()
    if unknown := [name for name in names if name not in found]:
        print(f"muster: there is no worker {', '.join(unknown)}: there are {', '.join(sorted(found))}", file=sys.stderr)
        return 2
    clients.make()
    sys.setswitchinterval(_TURN)
    if not names:
        _forget_readers_but(found)
    return run([found[name] for name in names or found], stop_event())


def _forget_readers_but(names: Container[str]) -> None:
    """Delete the positions of workers that no longer exist: no record of a stream would be trimmed any more."""
    if folder := os.environ.get(POSITIONS):
        for file in Path(folder).glob("*.json"):
            if file.stem not in names:
                file.unlink()


def run(entries: Sequence[WorkerEntry], stop: threading.Event) -> int:
    """Run each worker in a thread until `stop` is set; calls in progress are finished first.

    An exception in one thread is printed and stops the others too. The result is then 1, and the parent restarts the
    process.
    """
    feeds = {entry.worker.name: _FEEDS[entry.worker.kind](entry) for entry in entries}
    failed: list[str] = []

    def watch(name: str, feed: Feed) -> None:
        try:
            feed(stop)
        except BaseException:
            print(f"worker {name} has ended:\n{traceback.format_exc()}", file=sys.stderr, flush=True)
            failed.append(name)
            stop.set()

    threads = [threading.Thread(target=watch, args=named, daemon=True, name=named[0]) for named in feeds.items()]
    for thread in threads:
        thread.start()
    stop.wait()
    end = time.monotonic() + _LONGEST
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return 1 if failed else 0


def _queue(entry: WorkerEntry) -> Feed:
    sqs = boto3.client("sqs")
    url = os.environ[_url_variable(entry.worker.source)]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def feed(stop: threading.Event) -> None:
        while not stop.is_set():
            messages = sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=min(entry.worker.batch, 10),
                WaitTimeSeconds=LONG_POLL,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            done = deliver_messages(entry, [sqs_record(dict(message), arn) for message in messages]) if messages else []
            entries: Any = [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(done)]
            if entries:
                sqs.delete_message_batch(QueueUrl=url, Entries=entries)

    return feed


def _url_variable(source: str) -> str:
    """The variable that has the URL of a worker's queue."""
    return next((queues.variable(name) for name in queues.QUEUES if name == source), variable(source))


def _stream(entry: WorkerEntry) -> Feed:
    name, folder, sqs = entry.worker.name, os.environ.get(POSITIONS), boto3.client("sqs")
    table = boto3.client("dynamodb").describe_table(TableName=os.environ[variable(entry.worker.source)])["Table"]
    stream = Stream(table["LatestStreamArn"], Path(folder) / f"{name}.json" if folder else None)
    mapping = StreamDelivery(
        entry, lambda record: sqs.send_message(QueueUrl=os.environ["STREAM_DEAD_LETTERS"], MessageBody=dead_letter(name, record))
    )

    def feed(stop: threading.Event) -> None:
        while not stop.is_set():
            idle = True
            for batch in stream.read(entry.worker.batch):
                mapping.deliver([stream_record(record, stream.arn) for record in batch.records])
                stream.checkpoint(batch)
                idle = False
            if idle:
                stop.wait(IDLE)

    return feed


def _schedule(entry: WorkerEntry) -> Feed:
    seconds = period(entry.worker.source)

    def feed(stop: threading.Event) -> None:
        for due in _ticks(seconds, stop.wait):
            invoke_scheduled(entry, due)

    return feed


_FEEDS: dict[str, Callable[[WorkerEntry], Feed]] = {"queue": _queue, "stream": _stream, "schedule": _schedule}


def _ticks(seconds: int, wait: Callable[[float], bool]) -> Iterator[datetime]:
    """Yields each moment at which a schedule is due, when it is due; ends when `wait` returns True."""
    while True:
        now = time.time()
        due = (int(now) // seconds + 1) * seconds
        if wait(due - now):
            return
        yield datetime.fromtimestamp(due, UTC)


def period(rate: str) -> int:
    """The seconds of `rate(1 minute)`, `rate(2 hours)`. Raises ValueError for another form of schedule."""
    found = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", rate)
    if found is None:
        raise ValueError(rate)
    return int(found[1]) * {"minute": 60, "hour": 3600, "day": 86400}[found[2]]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
