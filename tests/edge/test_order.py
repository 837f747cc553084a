"""In which order a request is checked: of two things that are wrong with it, the client learns of the one that is checked first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from edge.dialect import permits_by_place
from edge.entry import Entry
from edge.order import INPUT_FIRST, OBJECT_FIRST, PARENT_FIRST, CheckOrder, Step
from edge.request import Call
from edge.shape import Lax
from fleet.access import Unplaced
from fleet.aws.reads import Read, of_reach
from fleet.errors import NotAllowed
from tests.edge import shelves
from tests.edge.calls import ask
from tests.edge.library import LIBRARY, BookIn, Number, Shown
from tests.edge.shelves import Shelf
from tests.harness.call import Response

pytestmark = pytest.mark.usefixtures("stock")
ORDERS = {"INPUT_FIRST": INPUT_FIRST, "OBJECT_FIRST": OBJECT_FIRST, "PARENT_FIRST": PARENT_FIRST}
CHECKED = {
    "INPUT_FIRST": "negotiate credential scope path_and_query body parent object permit",
    "OBJECT_FIRST": "negotiate credential scope parent object permit path_and_query body",
    "PARENT_FIRST": "negotiate credential parent scope object permit path_and_query body",
}
"""What the contracts of APIs say is checked first, second and so on."""
GOOD: Mapping[str, Any] = {"accept": "*/*", "card": "north", "shelf": "north", "other": "north", "query": None, "body": {"title": "x"}}
WRONG: Mapping[Step, tuple[str, Any]] = {
    Step.NEGOTIATE: ("accept", "image/png"),
    Step.CREDENTIAL: ("card", "unknown"),
    Step.SCOPE: ("card", "none"),
    Step.PARENT: ("shelf", "far"),
    Step.PATH_AND_QUERY: ("query", {"number": "x"}),
    Step.BODY: ("body", {}),
    Step.OBJECT: ("other", "far"),
    Step.PERMIT: ("other", "south"),
}
"""What makes a good call fail at one step and at no other."""
COMES_TO: Mapping[Step, tuple[int, Any]] = {
    Step.NEGOTIATE: (406, {"detail": "Could not satisfy the request Accept header"}),
    Step.CREDENTIAL: (401, {"detail": "Invalid token."}),
    Step.SCOPE: (403, {"detail": "Action is not allowed"}),
    Step.PARENT: (404, {"detail": "No Shelf matches the given query."}),
    Step.PATH_AND_QUERY: (400, {"number": ["A valid integer is required."]}),
    Step.BODY: (400, {"title": ["This field is required."]}),
    Step.OBJECT: (404, {"detail": "No Neighbour matches the given query."}),
    Step.PERMIT: (403, {"detail": "It stands elsewhere"}),
}


class TwoShelves(Lax):
    shelf: str
    other: str


def _permit(call: Call, thing: Any) -> None:
    """By place, in other words than the refusal of a scope has."""
    try:
        permits_by_place(call, thing)
    except NotAllowed:
        raise NotAllowed("It stands elsewhere") from None


def _shelf(path: TwoShelves) -> Read[Shelf]:
    return shelves.shelf(path.shelf)


def _other(path: TwoShelves) -> Read[Shelf]:
    return shelves.shelf(path.other, "Neighbour")


def _put(call: Call, parent: Shelf, loaded: Shelf, query: Number, body: BookIn) -> Shown:
    """Do what has each check."""
    return Shown(title=body.title)


def route(order: CheckOrder) -> Entry:
    api = replace(LIBRARY, permit=_permit)
    return api.route("PUT", "/library/{shelf}/{other}", "put", scope="change", parent=_shelf, loads=_other, order=order)(_put)


def called(entry: Entry, *wrong: Step) -> Response:
    """The answer to a call that is good but for these steps."""
    sent = {**GOOD, **dict(WRONG[step] for step in wrong)}
    return ask(
        entry, sent["shelf"], sent["other"], card=sent["card"], query=sent["query"], body=sent["body"], headers={"Accept": sent["accept"]}
    )


@pytest.mark.parametrize("name", ORDERS)
def test_each_check_alone_is_answered_in_its_own_way(name: str) -> None:
    entry = route(ORDERS[name])
    assert called(entry).status == 200
    for step in Step:
        answer = called(entry, step)
        assert (answer.status, answer.json) == COMES_TO[step], step


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("first", WRONG, ids=lambda step: step.value)
def test_of_two_that_fail_the_first_is_answered(name: str, first: Step) -> None:
    entry, order = route(ORDERS[name]), [Step(step) for step in CHECKED[name].split()]
    for second in order[order.index(first) + 1 :]:
        if WRONG[second][0] != WRONG[first][0]:
            answer = called(entry, first, second)
            assert (answer.status, answer.json) == COMES_TO[first], f"before {second}"


def test_a_child_route_may_have_another_order_than_its_api() -> None:
    """A missing parent is 404 to a caller who may do nothing, elsewhere in the API such a caller is 403."""
    child = LIBRARY.route("PUT", "/library/{shelf}/{other}", "put", scope="change", parent=_shelf, loads=_other, order=PARENT_FIRST)(_put)
    plain = LIBRARY.route("PUT", "/library/{shelf}/{other}", "put", scope="change", parent=_shelf, loads=_other)(_put)
    assert [called(entry, Step.SCOPE, Step.PARENT).status for entry in (child, plain)] == [404, 403]


class Numbered(Lax):
    shelf: int


def _numbered(path: Numbered) -> Read[Unplaced]:
    return of_reach(lambda reach: Unplaced())


def _any(call: Call, loaded: Unplaced, query: Number) -> Shown:
    """Show nothing in particular."""
    return Shown(title="x")


def test_what_is_wrong_with_path_and_query_is_reported_together_where_both_are_checked_at_once() -> None:
    plain = {"loads": _numbered, "scope": "view"}
    answers = []
    for order in (INPUT_FIRST, OBJECT_FIRST):
        entry = LIBRARY.route("GET", "/library/{shelf}", "any", order=order, **plain)(_any)  # type: ignore[arg-type]
        answers.append(ask(entry, "x", card="all", query={"number": "y"}))
    assert [set(answer.json) for answer in answers] == [{"shelf", "number"}, {"shelf"}]
    assert [answer.status for answer in answers] == [400, 400]


def test_a_path_that_the_object_is_found_by_is_not_judged_before_the_caller_is_known() -> None:
    entry = LIBRARY.route("GET", "/library/{shelf}", "any", scope="view", loads=_numbered)(_any)
    assert [ask(entry, "x", card=card).status for card in (None, "none", "all")] == [401, 403, 400]


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (INPUT_FIRST[1:], "an order has each of these once: NEGOTIATE, CREDENTIAL, SCOPE, PARENT, PATH_AND_QUERY, BODY, OBJECT, PERMIT"),
        ((*INPUT_FIRST, Step.BODY), "an order has each of these once: "),
        ((Step.SCOPE, *[step for step in INPUT_FIRST if step is not Step.SCOPE]), "CREDENTIAL must come before SCOPE"),
        ((Step.PARENT, *[step for step in INPUT_FIRST if step is not Step.PARENT]), "CREDENTIAL must come before PARENT"),
        ((*INPUT_FIRST[:-2], Step.PERMIT, Step.OBJECT), "OBJECT must come before PERMIT"),
        ((*INPUT_FIRST[:-3], Step.OBJECT, Step.PERMIT, Step.PARENT), "PARENT must come before OBJECT"),
    ],
    ids=["a step lacks", "a step twice", "scope first", "parent first", "permit before object", "object before parent"],
)
def test_an_order_that_cannot_be_walked_is_refused_when_a_route_is_declared(order: CheckOrder, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        route(order)
    assert str(caught.value).startswith(message)
