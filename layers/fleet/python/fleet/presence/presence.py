"""Whether a device is there: what a message shows of it, and who follows from that (docs/adr/0028)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from fleet.access import Reach
from fleet.aws.reads import Read
from fleet.marks import Mark
from fleet.registry.gateway import Card

T = TypeVar("T")


@dataclass(frozen=True)
class Sign:
    """A verified message shows that a gateway was there at `at` (Unix seconds), or (`there` is False) has left. `mark` and `type` are the
    message's.

    `explicit`: the message is about the connection itself, or has changed what is known of it.
    """

    card: Card
    mark: Mark
    at: float
    there: bool = True
    explicit: bool = False
    type: str = ""


@dataclass(frozen=True)
class Subscriber(Generic[T]):
    """What one concern does when gateways are heard or leave.

    `follow` gets the value of `reads`, which is fetched in one request with the gateway's identity. It may be called twice, or late, for
    a message, and must then change nothing that is right. It is not called for the types of messages in `handled`: their handlers
    do for this concern what follows, in the same write as the rest.
    """

    reads: Callable[[str], Read[T]]
    follow: Callable[[Reach, Sign, T], None]
    handled: frozenset[str]
