"""Delivery of records to workers, as by Lambda's event source mappings."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from edge.sizes import MOST_PAYLOAD, payload_size
from edge.worker import Change, Message, WorkerEntry, queue, schedule, stream
from fleet.aws import clients
from muster.local import clients as clients_of_threads
from muster.local.context import Late
from muster.local.deliver import StreamDelivery, dead_letter, deliver_messages, invoke_scheduled, sqs_record
from muster.local.workers import main, period

ARN = "arn:aws:sqs:eu-west-1:000000000000:muster-uplink"


def change(number: int, pk: str = "COMMAND#1", event: str = "INSERT") -> dict[str, Any]:
    keys = {"pk": {"S": pk}, "sk": {"S": str(number)}}
    image = {"Keys": keys, "NewImage": keys, "SequenceNumber": str(number)}
    return {"eventID": str(number), "eventName": event, "eventSource": "aws:dynamodb", "eventSourceARN": "arn:stream", "dynamodb": image}


def unexpected(record: Mapping[str, Any]) -> None:
    pytest.fail(f"put aside: {record}")


def worker(seen: list[str], failing: set[str]) -> WorkerEntry:
    @stream("FleetTable", "toy", prefix="COMMAND#", uses=())
    def handler(given: Change) -> None:
        """Record the event."""
        seen.append(given.id)
        if given.id in failing:
            raise ValueError(given.id)

    return handler


def test_messages_that_fail_are_left_in_the_queue() -> None:
    seen: list[Message] = []

    @queue("UplinkQueue", "toy", uses=())
    def handler(message: Message) -> None:
        """Record the event."""
        seen.append(message)
        if message.body == "bad":
            raise ValueError

    received = [
        {
            "MessageId": str(n),
            "ReceiptHandle": f"r{n}",
            "Body": body,
            "Attributes": {"SentTimestamp": "1767225600000", "ApproximateReceiveCount": "1", "SenderId": "AROAEXAMPLE:me"},
            "MessageAttributes": {"reason": {"DataType": "String", "StringValue": "why"}},
        }
        for n, body in enumerate(["good", "bad", "fine"])
    ]
    assert deliver_messages(handler, [sqs_record(message, ARN) for message in received]) == ["r0", "r2"]
    assert seen[0].attributes == {"reason": "why"}
    assert seen[0].received.isoformat() == "2026-01-01T00:00:00+00:00"


def test_a_stream_brings_what_the_worker_asked_for() -> None:
    seen: list[str] = []
    records = [change(1), change(2, pk="GATEWAY#1"), change(3, event="MODIFY"), change(4)]
    StreamDelivery(worker(seen, set()), unexpected, pause=0).deliver(records)
    assert seen == ["1", "4"]


def test_a_record_that_recovers_costs_nothing() -> None:
    seen: list[str] = []
    failing = {"2"}

    def recovering(event: Any, context: Any) -> Any:
        answer = entry(event, context)
        failing.clear()
        return answer

    entry = worker(seen, failing)
    recovering.worker = entry.worker  # type: ignore[attr-defined]
    StreamDelivery(recovering, unexpected, pause=0).deliver([change(n) for n in (1, 2, 3)])  # type: ignore[arg-type]
    assert seen == ["1", "2", "2", "3"]


def test_a_poisonous_record_alone_is_put_aside() -> None:
    seen: list[str] = []
    aside: list[Any] = []
    StreamDelivery(worker(seen, {"2"}), aside.append, tries=2, pause=0).deliver([change(n) for n in range(1, 6)])
    assert [record["eventID"] for record in aside] == ["2"]
    assert {"1", "3", "4", "5"} <= set(seen)
    message = json.loads(dead_letter("toy", aside[0]))
    assert message["DDBStreamBatchInfo"]["startSequenceNumber"] == "2"
    assert "NewImage" not in json.dumps(message)


def test_a_batch_whose_call_fails_is_halved_until_the_culprit_is_alone() -> None:
    aside: list[str] = []
    done: list[str] = []

    def crashing(event: Any, context: Any) -> Any:
        ids = [record["eventID"] for record in event["Records"]]
        if "3" in ids:
            raise RuntimeError("out of memory")
        done.extend(ids)

    crashing.worker = worker([], set()).worker  # type: ignore[attr-defined]
    StreamDelivery(crashing, lambda r: aside.append(r["eventID"]), tries=1, pause=0).deliver([change(n) for n in range(1, 6)])  # type: ignore[arg-type]
    assert (done, aside) == (["1", "2", "4", "5"], ["3"])


class Slow:
    """What a worker does that is at work until the test lets it go, and then writes. `outcomes` are what became of the writes.

    A worker whose timeout is 0 is late as soon as it has begun.
    """

    def __init__(self, table: str) -> None:
        self._table, self._released, self._over = table, threading.Event(), threading.Semaphore(0)
        self.outcomes: list[type[BaseException] | None] = []

    def __call__(self, *_: object) -> None:
        """Write when the test says so."""
        self._released.wait(30)
        try:
            clients.dynamodb().put_item(TableName=self._table, Item={"pk": {"S": "late"}, "sk": {"S": "late"}})
        except BaseException as error:
            self.outcomes.append(type(error))
            raise
        else:
            self.outcomes.append(None)
        finally:
            self._over.release()

    def release(self, calls: int) -> None:
        """Let go, and wait until so many writes were tried."""
        self._released.set()
        for _ in range(calls):
            assert self._over.acquire(timeout=30)


@pytest.fixture
def slow(cloud: dict[str, str]) -> Iterator[Slow]:
    clients.forget()
    clients_of_threads.make()
    made = Slow(cloud["FLEET_TABLE"])
    yield made
    made.release(0)


def received(*bodies: str) -> list[dict[str, Any]]:
    attributes = {"SentTimestamp": "1767225600000", "ApproximateReceiveCount": "1", "SenderId": "AROAEXAMPLE:me"}
    return [
        sqs_record({"MessageId": str(n), "ReceiptHandle": f"r{n}", "Body": body, "Attributes": attributes}, ARN)
        for n, body in enumerate(bodies)
    ]


def test_messages_of_a_call_that_is_late_are_left_in_the_queue_and_nothing_is_written_afterwards(
    slow: Slow, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = queue("UplinkQueue", "toy", uses=(), timeout=0)(slow)
    assert deliver_messages(entry, received("a", "b")) == []
    slow.release(2)
    assert slow.outcomes == [Late, Late]
    assert "timed out after 0 seconds" in capsys.readouterr().err
    entry.worker = replace(entry.worker, timeout=30)
    assert deliver_messages(entry, received("a", "b")) == ["r0", "r1"]
    assert slow.outcomes[2:] == [None, None]


def test_a_stream_goes_on_from_a_batch_that_is_late(slow: Slow) -> None:
    aside: list[str] = []
    entry = stream("FleetTable", "toy", prefix="COMMAND#", uses=(), timeout=0)(slow)

    def put_aside(record: Mapping[str, Any]) -> None:
        aside.append(record["eventID"])
        slow.release(2)  # the batch, in which the second record waits for the first, and the first alone
        entry.worker = replace(entry.worker, timeout=30)

    StreamDelivery(entry, put_aside, tries=0, pause=0).deliver([change(1), change(2)])
    assert aside == ["1"]
    assert slow.outcomes == [Late, Late, None]


def test_a_schedule_whose_call_is_late_goes_on(slow: Slow, capsys: pytest.CaptureFixture[str]) -> None:
    entry = schedule("rate(1 minute)", "toy", uses=(), timeout=0)(slow)
    invoke_scheduled(entry, datetime(2026, 1, 1, 12, 0, tzinfo=UTC))
    slow.release(1)
    assert slow.outcomes == [Late]
    assert "timed out after 0 seconds" in capsys.readouterr().err


def sized(*sizes: int) -> tuple[Callable[[Any, Any], Any], list[list[str]]]:
    """A worker of the queue that answers so many bytes, call by call, and the ids that each call is for."""
    calls: list[list[str]] = []

    def handler(event: Any, context: Any) -> Any:
        assert payload_size(event) <= MOST_PAYLOAD
        calls.append([record.get("messageId") or record["eventID"] for record in event["Records"]])
        return {"batchItemFailures": [], "text": "x" * sizes[len(calls) - 1]}

    handler.worker = worker([], set()).worker  # type: ignore[attr-defined]
    return handler, calls


def test_a_batch_is_delivered_in_as_many_events_as_lambda_takes() -> None:
    handler, calls = sized(0, 0)
    large = received(*["x" * (MOST_PAYLOAD // 3)] * 3)
    assert deliver_messages(handler, large) == ["r0", "r1", "r2"]  # type: ignore[arg-type]
    assert calls == [["0", "1"], ["2"]]
    handler, calls = sized(0, 0, 0)
    records = [change(n, pk="COMMAND#" + "x" * (MOST_PAYLOAD // 5)) for n in range(1, 4)]  # the key is twice in a record
    StreamDelivery(handler, unexpected, pause=0).deliver(records)  # type: ignore[arg-type]
    assert calls == [["1", "2"], ["3"]]


def test_a_call_whose_answer_lambda_does_not_carry_has_failed() -> None:
    handler, calls = sized(MOST_PAYLOAD, 0)
    assert deliver_messages(handler, received("a")) == []  # type: ignore[arg-type]
    assert deliver_messages(handler, received("a")) == ["r0"]  # type: ignore[arg-type]
    assert calls == [["0"], ["0"]]


def test_a_schedule_goes_on_after_a_call_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[datetime] = []

    @schedule("rate(1 minute)", "toy", uses=())
    def handler(due: datetime) -> None:
        """Record the scheduled time."""
        seen.append(due)
        if len(seen) == 1:
            raise RuntimeError("out of order")

    first, second = datetime(2026, 1, 1, 12, 0, tzinfo=UTC), datetime(2026, 1, 1, 12, 1, tzinfo=UTC)
    invoke_scheduled(handler, first)
    invoke_scheduled(handler, second)
    assert seen == [first, second]
    assert capsys.readouterr().err.count("RuntimeError: out of order") == 1


def test_a_worker_that_is_not_there_is_named_before_any_is_started(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["uplink_receive", "uplink_send"]) == 2
    output = capsys.readouterr().err
    assert "no worker uplink_send" in output
    assert "uplink_receive" in output


@pytest.mark.parametrize(("rate", "seconds"), [("rate(1 minute)", 60), ("rate(2 hours)", 7200)])
def test_rates(rate: str, seconds: int) -> None:
    assert period(rate) == seconds


def test_another_schedule_is_refused() -> None:
    with pytest.raises(ValueError, match="cron"):
        period("cron(0 * * * ? *)")
