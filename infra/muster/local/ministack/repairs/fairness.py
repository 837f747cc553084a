"""Makes the standard queues of MiniStack 1.5.33 fair: a message group with a backlog does not delay the others."""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ministack.services import sqs


def in_turns(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages with one of each group first, then a second of each, and so on. One without a group is a group of its own."""
    seen: Counter[Any] = Counter()

    def turn(message: Mapping[str, Any]) -> int:
        group = message.get("group_id") or message["id"]
        seen[group] += 1
        return seen[group]

    return sorted(messages, key=turn)


def fairness() -> None:
    """Hand out the messages of a standard queue by turns, those in flight included: a group waits for the calls that are busy with it."""
    collect = sqs._collect_msgs

    def collect_fairly(queue: dict[str, Any], most: int, hidden: int) -> list[dict[str, Any]]:
        if not queue["is_fifo"] and len(queue["messages"]) > most:
            queue["messages"] = in_turns(queue["messages"])
        taken: list[dict[str, Any]] = collect(queue, most, hidden)
        return taken

    sqs._collect_msgs = collect_fairly


def apply() -> None:
    fairness()
