"""Messages to gateways: each is a letter to the worker that sends them, written in the transaction of what it is about.

Letters of one gateway are a group of their queue, so that later ones wait for one that fails; their order is in their numbers
(docs/adr/0030). A message that waits until a gateway hears its device is a row of another partition, which nobody relays; it
is moved when the device is heard. The row stays when its letter is in the queue: it is deleted once the message is in that of the gateway,
or need not be sent. What is in the outbox was not sent.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.writes import Write
from fleet.grants import ANY, needs
from fleet.outbox.letter import Letter
from fleet.outbox.letters import PREFIX as OUTBOX
from fleet.outbox.letters import key, letter_write
from fleet.outbox.message import Downlink

PREFIX = f"{OUTBOX}Downlinks#"
RETENTION = 24 * 3600
"""Seconds that a message without a deadline is stored."""
_ITEMS = Items(Downlink, "Gateway")


def _waiting(address: str) -> str:
    return f"HELD#{address}"


class Downlinks:
    """The outbox (access-patterns.md W1 to W6)."""

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[f"{PREFIX}{ANY}"])
    def send_writes(reach: Reach, message: Downlink) -> list[Write]:
        """W1: the writes that send a message, for the transaction of what it is about."""
        body = message.model_dump(mode="json", exclude_none=True)
        letter = Letter(id=message.id, organization=message.organization, group=message.sn, body=body, deadline=message.deadline)
        return [letter_write(reach, "Downlinks", letter, RETENTION)]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[_waiting(ANY)])
    def hold_writes(reach: Reach, message: Downlink) -> list[Write]:
        """W2: the writes that hold the message of a numbered command until a gateway hears its device."""
        reach.demand_change(message.organization, "Gateway")
        return [_ITEMS.create(reach, _held(message), message, more=_expiry(message))]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_waiting(ANY)])
    def held(reach: Reach, organization: str, address: str, device: str) -> Iterator[Downlink]:
        """W3: the messages that are held for a device, in the order of their commands; not those for another that had its address."""
        messages = map(_ITEMS.parse, table.query(reach, organization, "Device", "pk = :pk", {"pk": _waiting(address)}))
        yield from (message for message in messages if message.command and message.command.device == device)

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[_waiting(ANY)])
    @needs("FleetTable", "dynamodb:PutItem", keys=[f"{PREFIX}{ANY}"])
    def release_writes(reach: Reach, held: Downlink, message: Downlink | None) -> list[Write]:
        """W4: the writes that send a held message as this one, or drop it (None). They fail when it is held no longer."""
        reach.demand_change(held.organization, "Gateway")
        sending = Downlinks.send_writes(reach, message) if message else []
        return [Write.delete(_held(held)), *sending]

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[f"{PREFIX}{ANY}"])
    def done_writes(reach: Reach, message: Downlink) -> list[Write]:
        """W5: the write that deletes the row of a message which is sent, or need not be. Doing it again changes nothing."""
        reach.demand_change(message.organization, "Gateway")
        return [Write.delete(_key(message), None)]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[f"{PREFIX}{ANY}"])
    def unsent(reach: Reach, sn: str) -> Iterator[Downlink]:
        """W6: the messages to a gateway that were not sent. For callers whose reach is everything."""
        yield from map(_ITEMS.parse, table.query(reach, None, "Gateway", "pk = :pk", {"pk": f"{PREFIX}{sn}"}))

    @staticmethod
    def parse(item: table.Item) -> Downlink:
        """The message of a row."""
        return _ITEMS.parse(item)


def _key(message: Downlink) -> table.Key:
    return key("Downlinks", message.sn, message.id)


def _held(message: Downlink) -> table.Key:
    command = message.command
    assert command is not None, "only messages of commands are held"
    return _waiting(command.address), f"{int(command.id):016d}"


def _expiry(message: Downlink) -> dict[str, Any]:
    ends = int(time.time()) + RETENTION if message.deadline is None else message.deadline
    return {"ttl": {"N": str(ends)}}
