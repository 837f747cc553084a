"""What the APIs of these tests are about: shelves, books on them, and cards that say who reads. All of it is in the fleet table.

CARD#<text>                CARD         an organization, scopes, and places
SHELF#<id>                 SHELF        a shelf
SHELF#<id>                 BOOK#<id>    a book on it
ORG#<organization>#SHELVES <title>      a shelf again: what lists show
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from fleet.access import EVERYWHERE, Principal, Reach, Unplaced
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Found, Read, fetch_with, reads_rows, unchecked_item
from fleet.aws.writes import Refused, Write, transact, unchanged
from fleet.errors import Conflict, Stale, Unauthenticated
from fleet.grants import ANY, needs
from fleet.values import Entity, Page
from tests.harness.aws import put

OURS, THEIRS = "ours", "theirs"
"""Two organizations."""


class Shelf(Entity):
    """It stands somewhere, so that a reader's limit to places applies to it."""

    place: str | None = None
    title: str = ""
    note: Annotated[str | None, Field(max_length=100)] = None


class Book(Entity, Unplaced):
    """It is judged with its shelf. Whoever has its key may read its notes."""

    key: str


class Leaflet(Entity):
    """Nothing says whether a limit to places applies to it."""

    key: str


def _card(text: str) -> table.Key:
    return f"CARD#{text}", "CARD"


def _key(id: str) -> table.Key:
    return f"SHELF#{id}", "SHELF"


def _book_key(shelf: str, id: str) -> table.Key:
    return f"SHELF#{shelf}", f"BOOK#{id}"


def _titles(organization: str) -> str:
    return f"ORG#{organization}#SHELVES"


_SHELVES, _BOOKS = Items(Shelf, "Shelf"), Items(Book, "Book")


def fill() -> None:
    """Shelves `north` and `south` of ours, `far` of theirs; on each the book `atlas`, whose key is `sesame`."""
    for id, organization in (("north", OURS), ("south", OURS), ("far", THEIRS)):
        _store(_key(id), **_SHELVES.attributes(EVERYWHERE, Shelf(id=id, organization=organization, place=id)))
        _store(_book_key(id, "atlas"), **_BOOKS.attributes(EVERYWHERE, Book(id="atlas", organization=organization, key="sesame")))


def card(text: str, *may: str, places: Sequence[str] | None = None, organization: str = OURS) -> str:
    """Store a card with these scopes, and return its text, which is the credential."""
    _store(_card(text), org={"S": organization}, may={"S": json.dumps(may)}, places={"S": json.dumps(places)})
    return text


def _store(pair: table.Key, **attributes: Any) -> None:
    put("FleetTable", [{**table.key(pair), **attributes}])


@reads_rows(_card(ANY))
def reader(text: str, keys: Sequence[table.Key], kind: str = "reader") -> tuple[Principal, Found]:
    """Whom a card stands for, and what was found at the keys in the same read. Unauthenticated for an unknown card."""
    stored, found = fetch_with(Reach.of(), unchecked_item(_card(text)), keys)
    if stored is None:
        raise Unauthenticated("Invalid token.")
    may, places = frozenset(json.loads(stored["may"]["S"])), json.loads(stored["places"]["S"])
    return Principal(kind, text, Reach.of(stored["org"]["S"]), may, None if places is None else frozenset(places)), found


@reads_rows(_key(ANY))
def shelf(id: str, kind: str = "Shelf") -> Read[Shelf]:
    """The shelf of this id; `kind` is what it is called where it is not found."""
    return Items(Shelf, kind).one(_key(id))


@reads_rows(_key(ANY))
def book(on: str, id: str) -> Read[Book]:
    """The book of this id on that shelf."""
    return _BOOKS.one(_book_key(on, id))


@reads_rows(_key(ANY))
def any_book(on: str, id: str) -> Read[Book | None]:
    """The book of this id on that shelf or None, whoever asks: for the book's key, which says who asks."""
    return _BOOKS.unchecked(_book_key(on, id))


@reads_rows(_key(ANY))
def leaflet(on: str, id: str) -> Read[Leaflet]:
    """The book of this id on that shelf, as something of which it is not known where it is."""
    return Items(Leaflet, "Leaflet").one(_book_key(on, id))


class Shelves:
    """The store of shelves, by their titles, of which there is one each in an organization."""

    @needs("FleetTable", "dynamodb:Query", keys=[_titles(ANY)])
    def list(self, reach: Reach, organization: str, cursor: str | None, limit: int) -> Page[Shelf]:
        pk = _titles(organization)
        start = (pk, cursor) if cursor else None
        rows = table.query(reach, organization, "Shelf", "pk = :pk", {"pk": pk}, limit=limit + 1, start=start)
        return Page.cut(map(_SHELVES.parse, rows), limit, lambda shelf: shelf.title)

    @needs("FleetTable", "dynamodb:PutItem", keys=[_key(ANY), _titles(ANY)])
    def create(self, reach: Reach, entity: Shelf) -> None:
        _transact([_SHELVES.create(reach, _key(entity.id), entity), _titled(reach, entity)])

    @needs("FleetTable", "dynamodb:PutItem", keys=[_key(ANY), _titles(ANY)])
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[_titles(ANY)])
    def change(self, reach: Reach, before: Shelf, after: Shelf) -> None:
        reach.demand(before.organization, "Shelf")
        writes = [_SHELVES.replace(reach, _key(after.id), after, before.version)]
        if before.title != after.title:
            _transact([*writes, _titled(reach, after), Write.delete(_title(before))])
        else:
            _transact([*writes, Write.put(_title(after), _SHELVES.attributes(reach, after), None)])

    @needs("FleetTable", "dynamodb:DeleteItem", keys=[_key(ANY), _titles(ANY)])
    def delete(self, reach: Reach, entity: Shelf) -> None:
        reach.demand(entity.organization, "Shelf")
        _transact([Write.delete(_key(entity.id), **unchanged(entity.version)), Write.delete(_title(entity))])


def _title(shelf: Shelf) -> table.Key:
    return _titles(shelf.organization), shelf.title


def _titled(reach: Reach, shelf: Shelf) -> Write:
    return _SHELVES.create(reach, _title(shelf), shelf, named="title-taken")


def _transact(writes: list[Write]) -> None:
    try:
        transact(writes)
    except Refused as refused:
        raise Conflict("The title is taken") if "title-taken" in refused.failed else Stale from None
