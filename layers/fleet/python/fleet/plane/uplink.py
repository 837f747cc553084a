"""Declares types of messages of gateways: the shape of the payload, what is read for it, its handler, and what it shows of presence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fleet.aws.reads import Read
from fleet.plane.arrival import Arrival, Receipt
from fleet.plane.status import Reported

P = TypeVar("P", bound=Reported)
K = TypeVar("K")


def never(payload: Reported) -> bool:
    """Whoever sends this is there."""
    return False


@dataclass(frozen=True)
class UplinkType(Generic[P, K]):
    """A type of message.

    `handle` gets the value of exactly what `reads` names by serial number and payload, fetched in one request with the gateway's
    identity. `leaves` says whether the gateway leaves with such a message; None where the handler announces what it shows of presence.
    """

    name: str
    shape: type[P]
    reads: Callable[[str, P], Read[K]]
    handle: Callable[[Arrival, P, K], Receipt]
    leaves: Callable[[P], bool] | None


def uplink(
    name: str, shape: type[P], *, reads: Callable[[str, P], Read[K]], leaves: Callable[[P], bool] | None = never
) -> Callable[[Callable[[Arrival, P, K], Receipt]], UplinkType[P, K]]:
    """Declare that the decorated function handles messages of the type `name`. List its module in `fleet.plane.uplinks`."""
    return lambda handle: UplinkType(name, shape, reads, handle, leaves)


AnyUplinkType = UplinkType[Any, Any]
