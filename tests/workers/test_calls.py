"""What holds for a call of any worker: the tests' calls are no kinder than Lambda."""

from __future__ import annotations

from typing import Any

import pytest

from edge.sizes import MOST_PAYLOAD
from edge.worker import Change, Message, WorkerEntry, queue, stream
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
