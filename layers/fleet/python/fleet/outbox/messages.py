"""The outbox: a message to a gateway is a row, written in the transaction of what it tells; the table's stream sends it.

So what is accepted is sent even when the function that accepted it dies at once, and a route needs no leave to
send. Rows of one gateway share a partition, which keeps their order in the stream.
"""

from __future__ import annotations

import time
from typing import Any

from fleet.access import Reach
from fleet.aws import clients, table
from fleet.aws.writes import Write
from fleet.errors import NotFound
from fleet.grants import needs
from fleet.outbox.message import Downlink

PREFIX = "DOWNLINK#"
KEPT = 24 * 3600


class Downlinks:
    """The outbox (access-patterns.md W1 to W2)."""

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def sending(reach: Reach, message: Downlink) -> Write:
        """W1: the write that sends a message, for the transaction of what it tells."""
        return Write.put(_key(message), _row(reach, message), None)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def send_once(reach: Reach, message: Downlink) -> None:
        """W2: send a message; one with an id that was sent before is not sent again."""
        client = clients.dynamodb()
        item: Any = table.key(_key(message)) | _row(reach, message)
        try:
            client.put_item(TableName=table.table(), Item=item, ConditionExpression="attribute_not_exists(pk)")
        except client.exceptions.ConditionalCheckFailedException:
            return

    @staticmethod
    def read(item: table.Item) -> Downlink:
        """The message of a row, as the stream shows it."""
        return Downlink.model_validate_json(item["body"]["S"])


def _key(message: Downlink) -> table.Key:
    return f"{PREFIX}{message.sn}", message.id


def _row(reach: Reach, message: Downlink) -> dict[str, Any]:
    if not reach.covers(message.organization):
        raise NotFound("Gateway")
    ends = int(time.time()) + KEPT if message.deadline is None else message.deadline
    return {"body": {"S": message.model_dump_json(exclude_none=True)}, "ttl": {"N": str(ends)}}
