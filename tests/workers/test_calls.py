"""What holds for a call of any worker: the tests' calls are no kinder than Lambda."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from edge.sizes import MOST_PAYLOAD
from edge.worker import Change, Message, WorkerEntry, batches, queue, stream
from tests.harness.call import CallFails, invoke
from tests.workers.messages import UplinkMessage, deliver, deliver_rows


def test_a_call_that_is_late_has_failed() -> None:
    @queue("UplinkQueue", "toy", uses=(), timeout=0)
    def handler(message: Message) -> None:
        """Take longer than no time at all."""

    with pytest.raises(CallFails, match="timed out after 0 seconds"):
        deliver(handler, UplinkMessage("a", "signature"))


def test_more_than_lambda_takes_is_no_event() -> None:
    seen: list[str] = []

    @stream("FleetTable", "toy", prefix="COMMAND#", uses=())
    def handler(given: Change) -> None:
        """Record the event."""
        seen.append(given.id)

    row = {"pk": {"S": "COMMAND#1"}, "sk": {"S": "1"}, "body": {"S": "x" * (MOST_PAYLOAD // 2)}}
    assert deliver_rows(handler, [row]) == []
    with pytest.raises(CallFails, match="several events"):
        deliver_rows(handler, [row, row])
    assert len(seen) == 1


def test_an_answer_that_lambda_does_not_carry_is_none() -> None:
    class Wordy(WorkerEntry):
        def __call__(self, event: Any, context: Any) -> Any:
            return {"batchItemFailures": [], "text": "x" * MOST_PAYLOAD}

    @queue("UplinkQueue", "toy", uses=())
    def handler(message: Message) -> None:
        """Do nothing."""

    with pytest.raises(CallFails, match="the answer has more than"):
        invoke(Wordy(handler.worker, handler.work), {"Records": []})


def rows(*keys: str) -> list[dict[str, Any]]:
    return [{"pk": {"S": key[0]}, "sk": {"S": key}} for key in keys]


def test_of_a_stream_later_records_of_a_partition_wait_for_one_that_fails_and_others_do_not() -> None:
    seen: list[str] = []

    @stream("FleetTable", "toy", prefix="", uses=())
    def handler(change: Change) -> None:
        """Fail for one key."""
        seen.append(change.item["sk"]["S"])
        if seen[-1] == "a2":
            raise ValueError

    assert deliver_rows(handler, rows("a1", "a2", "b1", "a3", "b2")) == ["1001", "1003"]
    assert seen == ["a1", "a2", "b1", "b2"]


def test_a_worker_on_batches_gets_them_whole_and_says_what_failed() -> None:
    sizes: list[int] = []

    @batches("FleetTable", "toy", prefixes=("a", ("b", "b1")), uses=())
    def handler(changes: Sequence[Change]) -> Mapping[str, str]:
        """Fail for one key."""
        sizes.append(len(changes))
        return {change.id: "why" for change in changes if change.item["sk"]["S"] == "a2"}

    assert deliver_rows(handler, rows("a1", "a2", "b1")) == ["1001"]
    assert sizes == [3]
    assert handler.worker.filter.takes("INSERT", "b", "b12")
    assert not handler.worker.filter.takes("INSERT", "b", "b2")
