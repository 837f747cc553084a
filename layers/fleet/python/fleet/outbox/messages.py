"""The outbox: a message to a gateway is a row, written in the transaction of what it is about; the table's stream sends it.

So what is accepted is sent even when the function that accepted it dies at once, and a route needs no permission to
send. Rows of one gateway share a partition, which keeps their order in the stream.
"""

from __future__ import annotations

import time
from typing import Any

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.writes import Write, attempt
from fleet.grants import needs
from fleet.outbox.message import Downlink

PREFIX = "DOWNLINK#"
RETENTION = 24 * 3600
"""Seconds that a message without a deadline is stored."""
_ITEMS = Items(Downlink, "Gateway")


class Downlinks:
    """The outbox (access-patterns.md W1 and W2)."""

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def send_writes(reach: Reach, message: Downlink) -> list[Write]:
        """W1: the writes that send a message, for the transaction of what it is about."""
        return [_ITEMS.put(reach, _key(message), message, more=_expiry(message))]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def send_once(reach: Reach, message: Downlink) -> None:
        """W2: send a message, unless one with its id was sent before."""
        attempt(_ITEMS.create(reach, _key(message), message, more=_expiry(message)))

    @staticmethod
    def parse(item: table.Item) -> Downlink:
        """The message of a row, as the stream shows it."""
        return _ITEMS.parse(item)


def _key(message: Downlink) -> table.Key:
    return f"{PREFIX}{message.sn}", message.id


def _expiry(message: Downlink) -> dict[str, Any]:
    ends = int(time.time()) + RETENTION if message.deadline is None else message.deadline
    return {"ttl": {"N": str(ends)}}
