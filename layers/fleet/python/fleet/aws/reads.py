"""Asks: what a route is about, as keys to be read together with the caller's credential and a judgement of what came."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from fleet.access import Reach
from fleet.aws.table import Item, Key, batch_get
from fleet.grants import needs

T = TypeVar("T")
Found = Mapping[Key, Item]
OWN = "\0"
"""Stands in a key for the caller's organization, where the request does not name it and the credential does."""


def owned(keys: Sequence[Key], organization: str) -> list[Key]:
    """The keys as they are for a caller of this organization."""
    return [(pk.replace(OWN, organization), sk) for pk, sk in keys]


@dataclass(frozen=True)
class Ask(Generic[T]):
    """Keys, and how their items become a value for a caller of this reach; NotFound when it covers none of them."""

    keys: Sequence[Key]
    read: Callable[[Reach, Found], T]


@needs("FleetTable", "dynamodb:BatchGetItem")
def fetch(reach: Reach, ask: Ask[T]) -> T:
    """Read what an ask is about on its own: for workers and use cases, which have no credential to read with it."""
    return ask.read(reach, batch_get(ask.keys))
