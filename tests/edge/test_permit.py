"""What a caller may act on: a limit to places holds on every route, and what has no place is refused unless it says that it needs none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge.api import Api
from edge.dialect import permits_nothing
from edge.entry import Entry
from edge.order import PARENT_FIRST
from edge.request import Call
from fleet.aws.reads import Read, both, of_reach
from tests.edge import shelves
from tests.edge.calls import ask
from tests.edge.library import LIBRARY, OnBook, Shown, book_of, both_of, get_shelf, leaflet_of, post_book, put_book
from tests.edge.shelves import Shelf

pytestmark = pytest.mark.usefixtures("stock")


def _loaded(call: Call, loaded: Any) -> Shown:
    """Show what was loaded."""
    return Shown(title="seen")


def _below(call: Call, parent: Any) -> Shown:
    """Show what is below another."""
    return Shown(title="seen")


def _shelf_of(path: OnBook) -> Read[Shelf]:
    return shelves.shelf(path.shelf)


def _all_of(path: OnBook) -> Read[tuple[Shelf, Shelf]]:
    """The shelf of the path, and always the one in the south."""
    return both(shelves.shelf(path.shelf), shelves.shelf("south"))


def _list_of(path: OnBook) -> Read[list[Shelf]]:
    return shelves.shelf(path.shelf).map(lambda shelf: [shelf])


def _nothing_of(path: OnBook) -> Read[None]:
    return of_reach(lambda reach: None)


def plain(loads: Any, api: Api = LIBRARY) -> Entry:
    return api.route("GET", "/library/{shelf}/{book}", "plain", scope="view", loads=loads)(_loaded)


def child(parent: Any, api: Api = LIBRARY) -> Entry:
    return api.route("GET", "/library/{shelf}/{book}", "child", scope="view", parent=parent, order=PARENT_FIRST)(_below)


def statuses(entry: Entry, *cards: str, shelf: str = "north") -> list[int]:
    return [ask(entry, shelf, "atlas", card=card).status for card in cards]


@pytest.mark.parametrize("declare", [plain, child])
class TestPlainAndChildRoutesAlike:
    def test_a_reader_limited_to_places_acts_there_alone(self, declare: Any) -> None:
        entry = declare(_shelf_of)
        assert statuses(entry, "all", "north", shelf="north") == [200, 200]
        assert statuses(entry, "all", "north", shelf="south") == [200, 403]

    def test_a_reader_limited_to_no_place_acts_nowhere(self, declare: Any) -> None:
        shelves.card("nowhere", "view", places=[])
        assert statuses(declare(_shelf_of), "nowhere") == [403]

    def test_what_says_that_it_has_no_place_is_open_to_all(self, declare: Any) -> None:
        assert statuses(declare(book_of), "all", "north", shelf="south") == [200, 200]

    def test_what_does_not_say_where_it_is_is_refused_to_all(self, declare: Any) -> None:
        assert statuses(declare(leaflet_of), "all", "north") == [403, 403]

    def test_nothing_and_a_list_are_things_of_which_it_is_not_known_where_they_are(self, declare: Any) -> None:
        assert statuses(declare(_nothing_of), "all") == [403]
        assert statuses(declare(_list_of), "all") == [403]

    def test_of_several_objects_each_is_judged(self, declare: Any) -> None:
        assert statuses(declare(_all_of), "all", "north") == [200, 403]
        assert statuses(declare(both_of), "all") == [403]

    def test_an_api_that_says_nothing_of_it_permits_nothing(self, declare: Any) -> None:
        assert statuses(declare(_shelf_of, replace(LIBRARY, permit=permits_nothing)), "all") == [403]
        assert statuses(declare(_shelf_of, unsaid()), "all") == [403]

    def test_another_organization_s_is_not_found_whatever_the_places(self, declare: Any) -> None:
        shelves.card("far", "view", places=["far"])
        assert statuses(declare(_shelf_of), "all", "far", shelf="far") == [404, 404]


def unsaid() -> Api:
    """An API that leaves out how objects are judged."""
    return Api("library", LIBRARY.credentials, LIBRARY.order, LIBRARY.error_body, scopes=LIBRARY.scopes)


def test_parent_and_child_are_each_judged() -> None:
    """A book needs no place, so it is the shelf that it is on that counts."""
    for shelf, comes_to in (("north", 200), ("south", 403), ("far", 404), ("unknown", 404)):
        assert ask(put_book, shelf, "atlas", card="north", body={"title": "x"}).status == comes_to, shelf
        assert ask(post_book, shelf, card="north", body={"title": "x"}).status == comes_to + (comes_to == 200), shelf


def test_a_view_has_what_was_judged() -> None:
    assert ask(get_shelf, "north", card="all").json == {"title": "north", "group": None}
    assert ask(put_book, "south", "atlas", card="all", body={"title": "x"}).json == {"title": "x", "group": "south"}


def test_an_api_may_permit_what_has_no_place() -> None:
    """The refusals above are of what was found: the same object is shown where an API says so."""
    api = replace(LIBRARY, permit=lambda call, thing: None)
    assert statuses(plain(leaflet_of, api), "all") == [200]
