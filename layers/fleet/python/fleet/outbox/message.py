"""A message on its way to a gateway."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Self

from fleet.aws import queues
from fleet.times import iso_text
from fleet.values import Value

Type = Literal[
    "location.config",
    "config.desired",
    "command.exec",
    "syslog.grant",
    "action.reboot",
    "action.password",
    "action.upgrade",
    "thingsee.commands",
    "device.command",
]
CommandKind = Literal["shell", "reboot", "password", "upgrade", "message", "configure"]
IN_QUEUE = 300
"""Seconds that a gateway's queue keeps a message that is not taken."""
AT_MOST_EVERY = 3600
"""Seconds after which a message that had no effect is sent again to a gateway that goes on reporting; fewer after the first attempts."""


def next_number(after: int = 0) -> int:
    """The number of a message that is accepted now: the Unix microsecond, raised above the number of the one that it follows.

    Numbers order what replaces one another (device-plane.md 4); whoever accepts has read, and writes on condition, what it follows.
    """
    return max(time.time_ns() // 1000, after + 1)


class CommandName(Value):
    """Which command a message carries out: the device, the serial number or TUID that requests use for it (`address`), kind and id."""

    address: str
    device: str
    kind: CommandKind
    id: str


class Downlink(Value):
    """A message to be sent. It holds no secret but what is encrypted for the gateway: others are filled in when it is sent.

    `sn` is empty while the message is held for a device that no gateway has heard. `deadline` is the Unix second after which it
    must not be sent any more, or None. `command` names the command whose state follows from sending it, if there is one.
    `number` orders the messages of one gateway that replace one another, as neither stream nor queue does: see `next_number`.
    """

    id: str
    sn: str
    organization: str
    type: Type
    payload: dict[str, Any]
    number: int
    deadline: int | None = None
    command: CommandName | None = None

    def through(self, sn: str, **payload: Any) -> Self:
        """The same message, addressed to the gateway that has heard the device, with more in its payload."""
        return self.changed(sn=sn, payload={**self.payload, **payload})

    def text(self, payload: Mapping[str, Any], now: datetime) -> str:
        """The body of the queue's message when it is sent now with this payload (device-plane.md 4)."""
        envelope = {"v": 1, "type": self.type, "sn": self.sn, "messageId": self.id, "number": self.number, "sentAt": iso_text(now)}
        return queues.text({**envelope, "payload": payload})
