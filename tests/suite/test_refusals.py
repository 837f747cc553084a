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
from edge.shape import Lax, partial
from fleet.errors import FleetError
from tests.harness.call import Context, Response, answered, event_of
from tests.suite.dialect import REFUSALS, Profile, Refusal, Seeds
from tests.suite.refusals import check_bodies

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
