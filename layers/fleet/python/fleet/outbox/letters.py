"""The outbox: a letter is a row, written in the transaction of what it is about; the relay sends it to the queue that it names.

So what is accepted is done even when the function that accepted it dies at once, and a route needs no permission to send. Which queue a
function writes to is in its permissions: the partition key begins with the queue. A row is deleted once its letter is in the queue; a
message to a gateway, once it is in that of the gateway (`messages.py`). What is left in the outbox was not passed on.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from fleet.access import Reach
from fleet.aws import queues, table
from fleet.aws.queues import Queue
from fleet.aws.writes import Write
from fleet.grants import ANY, needs
from fleet.outbox.letter import Letter

PREFIX = "OUTBOX#"
RELAYED: Sequence[Queue] = ("Callbacks", "Jobs", "Mail")
"""The queues whose letters are done with when they are in the queue."""
RETENTION = 14 * 24 * 3600
"""Seconds that a letter without a deadline is stored when it cannot be relayed."""


@dataclass(frozen=True)
class Waiting:
    """A letter in the outbox: its queue, the message that is sent there, whose it is, and the Unix second at which it was written."""

    queue: Queue
    message: queues.Message
    organization: str
    at: int


class Letters:
    """The letters of the outbox (access-patterns.md W7 to W10)."""

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=f"{PREFIX}Jobs#{ANY}")
    def jobs_writes(reach: Reach, letter: Letter) -> list[Write]:
        """W7: the writes that send a letter to the worker of jobs, for the transaction of what it is about."""
        return [letter_write(reach, "Jobs", letter)]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=f"{PREFIX}Callbacks#{ANY}")
    def callbacks_writes(reach: Reach, letter: Letter) -> list[Write]:
        """W8: the writes that send a letter to the worker that calls clients back, for the transaction of what it is about."""
        return [letter_write(reach, "Callbacks", letter)]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=f"{PREFIX}Mail#{ANY}")
    def mail_writes(reach: Reach, letter: Letter) -> list[Write]:
        """W9: the writes that send a letter to the worker that mails, for the transaction of what it is about."""
        return [letter_write(reach, "Mail", letter)]

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[f"{PREFIX}{queue}#{ANY}" for queue in RELAYED])
    def done_writes(reach: Reach, letter: Waiting) -> list[Write]:
        """W10: the write that deletes the row of a letter which is in its queue. Doing it again changes nothing."""
        reach.demand_change(letter.organization, "Letter")
        return [Write.delete(key(letter.queue, letter.message.group, letter.message.id), None)]

    @staticmethod
    def parse(item: table.Item) -> Waiting:
        """The letter of a row, as the stream shows it. The error of one that is not valid has a note with its key."""
        try:
            _, queue, group = item["pk"]["S"].split("#", 2)
            if queue not in queues.QUEUES:
                raise ValueError("no such queue")
            message = queues.Message(item["sk"]["S"], group, item["body"]["S"])
            return Waiting(cast("Queue", queue), message, item["org"]["S"], int(item["at"]["N"]))
        except (KeyError, ValueError) as error:
            error.add_note(" / ".join(item[name]["S"] for name in ("pk", "sk")))
            raise


def key(queue: Queue, group: str, id: str) -> table.Key:
    """The key of a letter's row."""
    return f"{PREFIX}{queue}#{group}", id


def letter_write(reach: Reach, queue: Queue, letter: Letter, retention: int = RETENTION) -> Write:
    """The write of a letter's row, for a method that has the permission. Without a deadline it is stored for `retention` seconds."""
    reach.demand_change(letter.organization, "Letter")
    now = int(time.time())
    row = {
        "body": {"S": letter.text},
        "org": {"S": letter.organization},
        "at": {"N": str(now)},
        "ttl": {"N": str(now + retention if letter.deadline is None else letter.deadline)},
    }
    return Write.put(key(queue, letter.group, letter.id), row, None)
