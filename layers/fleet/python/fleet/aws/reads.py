"""Deferred reads: keys to fetch in the same BatchGetItem as the credential, and how the items that come become a value.

A store returns reads of single items; `both`, `every` and `Read.map` compose them, so that whatever a route or a use
case is about is fetched in one request.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fleet.access import Reach
from fleet.aws.contention import AT_ONCE, batch_get
from fleet.aws.table import Item, Key, key, table, text
from fleet.errors import NotFound
from fleet.grants import F, needs

T = TypeVar("T", covariant=True)
A = TypeVar("A")
B = TypeVar("B")
K = TypeVar("K", bound=Hashable)

OWN = "\0"
"""Stands in a key for the caller's organization, where the request does not name it and the credential does."""


class NotAsked(LookupError):
    """An item was looked up whose key was not asked for: a mistake in the program. Add the key to the read."""


class Found:
    """The items that came for the keys that were asked for."""

    def __init__(self, asked: Iterable[Key] = (), items: Mapping[Key, Item] | None = None) -> None:
        self._items: dict[Key, Item | None] = {**dict.fromkeys(asked), **(items or {})}

    def __getitem__(self, key: Key) -> Item | None:
        """The item of a key, or None where nothing is stored. NotAsked for a key that was not asked for."""
        try:
            return self._items[key]
        except KeyError:
            raise NotAsked(f"{key} was not asked for: add it to the keys of the read") from None


def owned(keys: Iterable[Key], organization: str) -> list[Key]:
    """The keys as they are for a caller of this organization: with its id in place of OWN."""
    return [(pk.replace(OWN, organization), sk) for pk, sk in keys]


@dataclass(frozen=True)
class Read(Generic[T]):
    """A deferred read: the keys to fetch in the same BatchGetItem as the credential, and a function that turns the items into an
    entity or raises NotFound.

    `impossible`: the id is malformed, so nothing can have it. `parse` raises NotFound, and nothing is fetched.
    """

    keys: Sequence[Key]
    parse: Callable[[Reach, Found], T]
    impossible: bool = False

    def map(self, change: Callable[[T], A]) -> Read[A]:
        """The same read, with its value changed. `change` may raise a FleetError."""
        return Read(self.keys, lambda reach, found: change(self.parse(reach, found)), self.impossible)

    def optional(self) -> Read[T | None]:
        """The same read, with None in place of NotFound."""

        def parse(reach: Reach, found: Found) -> T | None:
            try:
                return self.parse(reach, found)
            except NotFound:
                return None

        return Read(self.keys, parse)

    def later(self) -> Read[Callable[[], T]]:
        """The same keys, and a function that gives the value: for what must be judged after something else has been."""
        return Read(self.keys, lambda reach, found: lambda: self.parse(reach, found))


def both(first: Read[A], second: Read[B]) -> Read[tuple[A, B]]:
    """Two reads as one. What the first raises goes before what the second does; when it is impossible, neither is fetched."""
    keys = [] if first.impossible else [*first.keys, *second.keys]
    return Read(keys, lambda reach, found: (first.parse(reach, found), second.parse(reach, found)), first.impossible)


def every(reads: Mapping[K, Read[A]]) -> Read[dict[K, A]]:
    """Any number of reads as one, their values under the same names."""
    keys = [key for read in reads.values() for key in read.keys]
    return Read(keys, lambda reach, found: {name: read.parse(reach, found) for name, read in reads.items()})


def of_reach(compute: Callable[[Reach], A]) -> Read[A]:
    """A value that follows from the caller's reach alone, or an error that goes before those of what is read with it."""
    return Read((), lambda reach, found: compute(reach))


def nothing(*_: Any) -> Read[None]:
    """The read of nothing, whatever it is about."""
    return Read((), lambda reach, found: None)


def impossible(kind: str) -> Read[Any]:
    """The read of a malformed id: NotFound, without fetching anything."""

    def parse(reach: Reach, found: Found) -> Any:
        raise NotFound(kind)

    return Read((), parse, impossible=True)


def unchecked_item(pair: Key) -> Read[Item | None]:
    """The item of a key or None, whoever asks: for what belongs to nobody, and for credentials, which say who asks."""
    return Read([pair], lambda reach, found: found[pair])


def item_or_none(pair: Key, kind: str) -> Read[Item | None]:
    """The item of a key, or None where nothing is stored. NotFound when the reach does not cover its organization (`org`)."""

    def parse(reach: Reach, found: Found) -> Item | None:
        item = found[pair]
        if item is not None:
            reach.demand(text(item, "org"), kind)
        return item

    return Read([pair], parse)


def item(pair: Key, kind: str) -> Read[Item]:
    """The item of a key. NotFound when nothing is stored, or the reach does not cover its organization (`org`)."""

    def demanded(stored: Item | None) -> Item:
        if stored is None:
            raise NotFound(kind)
        return stored

    return item_or_none(pair, kind).map(demanded)


def own_item(key_of: Callable[[str], Key], kind: str) -> Read[Item]:
    """The item whose key names the caller's organization, which the request does not: `key_of` returns it for an organization's id."""
    return Read([key_of(OWN)], lambda reach, found: item(key_of(reach.only), kind).parse(reach, found))


def reads_rows(*keys: Key | str) -> Callable[[F], F]:
    """Say which rows are fetched for the Read that the decorated callable returns: keys, or patterns of partition keys."""
    return needs("FleetTable", "dynamodb:BatchGetItem", keys=keys)


def fetch_with(reach: Reach, read: Read[A], companions: Sequence[Key]) -> tuple[A, Found]:
    """The value of a read, and the items of it and of further keys; one request for a hundred keys, strongly consistent."""
    keys = list(dict.fromkeys([*read.keys, *companions]))
    items: dict[Key, Item] = {}
    for start in range(0, len(keys), AT_ONCE):
        batch = batch_get(table(), [key(pair) for pair in keys[start : start + AT_ONCE]])
        items |= {(item["pk"]["S"], item["sk"]["S"]): item for item in batch}
    found = Found(keys, items)
    return read.parse(reach, found), found


def fetch(reach: Reach, read: Read[A]) -> A:
    """Do a read on its own: for workers and use cases, which have no credential to read with it."""
    return fetch_with(reach, read, ())[0]
