"""What the suite expects of bad requests, on an API that accepts most of what others refuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from edge.answer import JSON
from edge.api import Api
from edge.body import Bodies, last_wins_json
from edge.entry import Entry
from edge.order import OBJECT_FIRST
from edge.request import Call
from edge.route import PUBLIC
from edge.shape import Lax, Strict, partial
from fleet.aws.reads import Read
from fleet.errors import FleetError
from tests.harness.call import Context, Response, answered, event_of
from tests.infrastructure.toy import route
from tests.suite.dialect import REFUSALS, Profile, Refusal, Seeds
from tests.suite.outcomes import check_not_found
from tests.suite.refusals import check, check_bodies

ACCEPTED: tuple[Refusal, ...] = ("no body", "duplicate member", "empty object", "media type")
GOOD = {"name": "Pier 4"}


def error_body(error: FleetError, status: int) -> Mapping[str, str]:
    return {"error": error.message}


bodies = Bodies({JSON: last_wins_json}, empty_is_object=True, otherwise="ignored")
api = Api("lenient", (), OBJECT_FIRST, error_body, read_body=bodies)


class Thing(Lax):
    name: str


@partial
class ThingChange(Thing):
    pass


@api.route("PATCH", "/thing", "edit_thing", scope=PUBLIC)
def edit(call: Call, body: ThingChange) -> ThingChange:
    """Answer with the change."""
    return body


@api.route("POST", "/things", "create_thing", scope=PUBLIC)
def create(call: Call, body: Thing) -> Thing:
    """Answer with the thing."""
    return body


REFUSING = Profile(seeds=Seeds, shape=Lax, credentials=(), unknown={}, refusals=dict.fromkeys(REFUSALS, 400), budgets={}, further={})
ACCEPTING = replace(REFUSING, refusals={**REFUSING.refusals, **dict.fromkeys(ACCEPTED)})


def check_route(profile: Profile, entry: Entry) -> None:
    """Call a route with all bad bodies; it stores nothing."""

    def calling(**changed: Any) -> tuple[Response, bool]:
        return answered(entry(event_of(entry, **{"body": GOOD, **changed}), Context())), False

    check_bodies(profile, entry, GOOD, calling)


def test_an_api_may_accept_what_others_refuse() -> None:
    check_route(ACCEPTING, edit)


def test_a_route_may_refuse_what_its_api_accepts_and_the_other_way_round() -> None:
    check_route(replace(ACCEPTING, refusals_by_route={"create_thing": {"no body": 400, "empty object": 400}}), create)
    check_route(replace(REFUSING, refusals_by_route={"edit_thing": dict.fromkeys(ACCEPTED)}), edit)


@pytest.mark.parametrize("kind", ACCEPTED)
def test_what_is_accepted_has_to_be_declared_so(kind: Refusal) -> None:
    with pytest.raises(AssertionError, match=f'edit_thing answers 200 {{.*lenient.py expects 400 for "{kind}"'):
        check_route(replace(ACCEPTING, refusals={**ACCEPTING.refusals, kind: 400}), edit)


@pytest.mark.parametrize("kind", ["no JSON", "wrong body", "too large"])
def test_what_is_declared_as_accepted_has_to_be_so(kind: Refusal) -> None:
    with pytest.raises(AssertionError, match=f'edit_thing answers 400 {{"error".*expects success for "{kind}"'):
        check_route(replace(ACCEPTING, refusals_by_route={"edit_thing": {kind: None}}), edit)


@pytest.mark.parametrize("kind", ["no body", "empty object"])
def test_a_route_that_refuses_what_its_api_accepts_has_to_say_so(kind: Refusal) -> None:
    others: dict[Refusal, int | None] = {"no body": 400, "empty object": 400}
    del others[kind]
    with pytest.raises(AssertionError, match=f'create_thing answers 400 {{"error".*expects success for "{kind}"'):
        check_route(replace(ACCEPTING, refusals_by_route={"create_thing": others}), create)


class Shelf(Strict):
    room: str


class Box(Shelf):
    box: str


def _shelf(path: Shelf) -> Read[str]:
    return Read((), lambda reach, found: path.room)


def _box(path: Box) -> Read[str]:
    return Read((), lambda reach, found: path.box)


@pytest.mark.parametrize(
    ("loaders", "status", "end"),
    [
        ({"loads": _box}, 200, "does the route need parent=…?"),
        ({"parent": _shelf}, 200, "does the route need loads=…?"),
        ({}, 200, "does the route need parent=… or loads=…?"),
        ({"loads": _box, "parent": _shelf}, 200, None),
        ({"loads": _box}, 500, None),
        ({"scope": PUBLIC}, 200, None),
    ],
    ids=["no parent", "no object", "neither", "both", "refused otherwise", "public"],
)
def test_a_route_that_takes_what_is_not_there_is_told_what_it_may_lack(loaders: Mapping[str, Any], status: int, end: str | None) -> None:
    entry = route("GET", "/toy/{room}/{box}", "get_box", **{"credentials": () if "scope" in loaders else None, **loaders})
    answer = Response(status, {}, b"{}", None)
    with pytest.raises(AssertionError) as unknown:
        check_not_found(entry, "room", answer, stored=False)
    with pytest.raises(AssertionError) as malformed:
        check(REFUSING, entry, "malformed path", {}, lambda: (answer, False))
    told = [str(caught.value).splitlines()[0] for caught in (unknown, malformed)]
    if end:
        assert [text[-len(end) :] for text in told] == [end, end]
    else:
        assert not [text for text in told if "does the route need" in text]


def test_other_bad_requests_have_nothing_to_do_with_what_a_route_loads() -> None:
    entry = route("GET", "/toy/{room}/{box}", "get_box", loads=_box)
    with pytest.raises(AssertionError, match='for "no body"') as caught:
        check(REFUSING, entry, "no body", {}, lambda: (Response(200, {}, b"{}", None), False))
    assert "does the route need" not in str(caught.value)
