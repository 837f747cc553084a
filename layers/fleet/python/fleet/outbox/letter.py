"""A letter: a message from one part of Muster to a worker, which waits in the outbox until it is relayed."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from fleet.aws import queues
from fleet.errors import Invalid, Problem
from fleet.values import Value

LARGEST = queues.LARGEST - 1024
"""Bytes that the body of a letter may have. A message to a gateway, which is judged as the gateway gets it, is smaller as a letter too."""
_Name = Annotated[str, Field(pattern=r"^[!-~]{1,128}$")]
"""What may be a group or an id in a queue."""


class Letter(Value):
    """A message for a worker. Letters of a `group` stay in order where their queue keeps an order.

    `id` is of this letter alone: a queue that keeps an order drops a second one with the same id within five minutes. `body` is what the
    worker gets; no secret is in it. `deadline` is the Unix second after which nobody needs the letter, or None.
    """

    id: _Name
    organization: str
    group: _Name
    body: dict[str, Any]
    deadline: int | None = None

    @property
    def text(self) -> str:
        """The body as it is sent. Invalid when it is too large for a queue."""
        text = queues.text(self.body)
        if len(text.encode()) > LARGEST:
            raise Invalid(Problem((), "is too large to be passed on: send less at once"))
        return text
