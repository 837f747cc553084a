"""An order to one device: what it is to do, how it gets there, and how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from fleet.access import Unplaced
from fleet.outbox.message import AT_MOST_EVERY, IN_QUEUE, CommandKind, CommandName
from fleet.values import Value

OrderKind = Literal["reboot", "password", "upgrade"]
CommandState = Literal["queued", "sent", "done", "failed", "expired"]
Outcome = Literal["done", "failed"]
Delivery = Literal["queue", "held"]


class Command(Value, Unplaced):
    """A command. Its payload and result hold no secret.

    `address` is the serial number or TUID that requests use for the device, `by` the id of the
    caller who gave the command (empty: the cloud did), and
    `attempts` how often its message was put into the gateway's queue, `queued_at` when it was last put into the outbox (Unix ms;
    None: never, because the gateway is away). Delivery: `queue` is the gateway's queue, `held` waits
    until a gateway hears the device. After `expires` it must not be carried out any more; None: it never expires. `number` is
    its message's, also when that is sent again (`next_number`).
    """

    id: str
    device: str
    address: str
    organization: str
    kind: CommandKind
    payload: dict[str, Any] = Field(default={})
    by: str = ""
    delivery: Delivery = "queue"
    accepted: datetime
    expires: datetime | None = None
    number: int
    state: CommandState = "queued"
    attempts: int = 0
    queued_at: int | None = None
    result: str = ""

    @property
    def name(self) -> CommandName:
        return CommandName(address=self.address, device=self.device, kind=self.kind, id=self.id)

    @property
    def open(self) -> bool:
        """Whether there is no outcome."""
        return self.state in ("queued", "sent")

    def is_lost(self, now: int, reconnected: bool) -> bool:
        """Whether the gateway, heard at `now` (Unix ms), is to be sent the message (again): it never was, or the queue has forgotten it.

        For a gateway that has `reconnected` that is IN_QUEUE seconds after it was last sent. For one that merely reports, the time
        doubles with each attempt, up to AT_MOST_EVERY: it may be unable to do what the message asks, and does not say so.
        """
        if self.queued_at is None:
            return True
        wait = IN_QUEUE if reconnected else min(IN_QUEUE * 2 ** max(0, self.attempts - 1), AT_MOST_EVERY)
        return now - self.queued_at > wait * 1000

    def at(self, now: datetime) -> CommandState:
        """The state at a time: an open command that is past `expires` is expired. That is never stored: an order may still be answered."""
        return "expired" if self.open and self.expires is not None and now > self.expires else self.state
