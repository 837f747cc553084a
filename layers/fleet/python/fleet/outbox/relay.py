"""Relays what is new in the fleet table to the internal queues: letters of the outbox, and word that a directory has changed.

It decides nothing: a letter's row names its queue, and the worker behind the queue judges what it gets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from fleet.access import Reach
from fleet.aws import clients, queues, table
from fleet.aws.queues import Message, Queue
from fleet.aws.writes import attempt
from fleet.errors import FleetError
from fleet.grants import uses
from fleet.outbox.letters import PREFIX, RELAYED, Letters, Waiting

DIRECTORIES = ("DIR#", "R#")
"""How the partition key and the sort key of a directory's recent row begin."""
SLOT = 10
"""Seconds in which a directory is folded once at most. Its queue delays a message for as long: it comes when the slot is over."""
Post = tuple[Queue, Message, Waiting | None]
"""What is sent for a row, and the row's letter if it is one."""


@uses(queues.send_internally, Letters.done_writes)
def relay(reach: Reach, rows: Mapping[str, table.Item], now: datetime) -> Mapping[str, str]:
    """Send what these new rows are about to its queue, and delete the rows that are done with. The names of rows are the caller's.

    Those that failed, with the reason. Doing it again is harmless: a queue that keeps an order drops what it had within five minutes, and
    every worker behind a queue bears a message that comes twice.
    """
    posts, failed = dict[str, Post](), dict[str, str]()
    for name, row in rows.items():
        try:
            posts[name] = _post(row, now)
        except (KeyError, ValueError) as error:
            failed[name] = type(error).__name__
    failed |= _send(posts)
    passing: tuple[type[Exception], ...] = (FleetError, *clients.failures())
    for name, (queue, _, letter) in posts.items():
        if letter is not None and queue in RELAYED and name not in failed:
            try:
                attempt(*Letters.done_writes(reach, letter))
            except passing as error:
                failed[name] = clients.reason(error)
    return failed


def _send(posts: Mapping[str, Post]) -> Mapping[str, str]:
    """Send to each queue what is for it, the same message once; returns the reasons of what failed."""
    failed: dict[str, str] = {}
    for queue in dict.fromkeys(queue for queue, _, _ in posts.values()):
        messages = {name: message for name, (to, message, _) in posts.items() if to == queue}
        refused = queues.send_internally(queue, list(dict.fromkeys(messages.values())))
        failed |= {name: refused[message] for name, message in messages.items() if message in refused}
    return failed


def _post(row: table.Item, now: datetime) -> Post:
    pk = row["pk"]["S"]
    if not pk.startswith(PREFIX):
        return "Folds", _fold(pk, now), None
    letter = Letters.parse(row)
    return letter.queue, letter.message, letter


def _fold(directory: str, now: datetime) -> Message:
    """Word that a directory has changed, the same one for all changes of a slot."""
    group = hashlib.sha256(directory.encode()).hexdigest()[:32]
    return Message(f"{group}.{int(now.timestamp()) // SLOT}", group, queues.text({"directory": directory}))
