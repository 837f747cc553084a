"""What the APIs of these tests are about: shelves, books on them, and cards that say who reads. All of it is in the fleet table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from fleet.access import Principal, Reach, Unplaced
from fleet.aws import table
from fleet.aws.reads import Ask, Found
from fleet.errors import NotFound, Unauthenticated
from tests.harness.aws import put

OURS, THEIRS = "ours", "theirs"
"""Two organizations."""
T = TypeVar("T")


@dataclass(frozen=True)
class Shelf:
    """It stands somewhere, so that a reader's limit to places applies to it."""

    id: str
    place: str | None


@dataclass(frozen=True)
class Book(Unplaced):
    """It is judged with its shelf. Who has its key may read its notes."""

    id: str
    key: str


@dataclass(frozen=True)
class Leaflet:
    """Nothing says whether a limit to places applies to it."""

    id: str


def _card(text: str) -> table.Key:
    return f"CARD#{text}", "CARD"


def _shelf(id: str) -> table.Key:
    return f"SHELF#{id}", "SHELF"


def book_key(shelf: str, id: str) -> table.Key:
    return f"SHELF#{shelf}", f"BOOK#{id}"


def fill() -> None:
    """Shelves `north` and `south` of ours, `far` of theirs; on each the book `atlas`, whose key is `sesame`."""
    for id, organization in (("north", OURS), ("south", OURS), ("far", THEIRS)):
        _put(_shelf(id), org=organization, place=id)
        _put(book_key(id, "atlas"), org=organization, key="sesame")


def card(text: str, *may: str, places: Sequence[str] | None = None, organization: str = OURS) -> str:
    """Make a reader's card, with the scopes that it grants; the credential that stands for it."""
    _put(_card(text), org=organization, may=json.dumps(may), places=json.dumps(places))
    return text


def _put(pair: table.Key, **texts: str) -> None:
    put("FleetTable", [{**table.key(pair), **{name: {"S": value} for name, value in texts.items()}}])


def reader(text: str, keys: Sequence[table.Key], kind: str = "reader") -> tuple[Principal, Found]:
    """Whom a card stands for, and what was found at the keys in the same read. Unauthenticated for a card that nobody made."""
    found = table.batch_get([_card(text), *keys])
    item = found.get(_card(text))
    if item is None:
        raise Unauthenticated("Invalid token.")
    places: Any = json.loads(item["places"]["S"])
    may = frozenset(json.loads(item["may"]["S"]))
    return Principal(kind, text, Reach.of(item["org"]["S"]), may, None if places is None else frozenset(places)), found


def shelf(id: str, kind: str = "Shelf") -> Ask[Shelf]:
    """The shelf of this id; `kind` is what it is called where it is not found."""
    return _ask(_shelf(id), kind, lambda item: Shelf(id, item["place"]["S"]))


def book(on: str, id: str) -> Ask[Book]:
    """The book of this id on that shelf."""
    return _ask(book_key(on, id), "Book", lambda item: Book(id, item["key"]["S"]))


def leaflet(on: str, id: str) -> Ask[Leaflet]:
    """The book of this id on that shelf, as something of which it is not known where it is."""
    return _ask(book_key(on, id), "Leaflet", lambda item: Leaflet(id))


def _ask(key: table.Key, kind: str, make: Any) -> Ask[Any]:
    def read(reach: Reach, found: Found) -> Any:
        item = found.get(key)
        if item is None or not reach.covers(table.text(item, "org")):
            raise NotFound(kind)
        return make(item)

    return Ask([key], read)
