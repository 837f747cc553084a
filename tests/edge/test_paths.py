"""Further paths of a route, and variables that are deployed under another name."""

from __future__ import annotations

from typing import Any

import pytest

from edge.answer import Answer
from edge.dialect import json_answer
from edge.request import Call
from edge.route import PUBLIC
from edge.shape import Closed
from tests.edge.calls import ask
from tests.edge.library import LIBRARY
from tests.harness.call import Context, answered, event, sent_as


class Two(Closed):
    shelf: str
    book: str


def _seen(call: Call, path: Two) -> Answer:
    """Say what the path's variables are."""
    return json_answer(200, {"path": path.model_dump(), "values": dict(call.request.values)})


ENTRY = LIBRARY.route("GET", "/shelf/{shelf}/book/{book}/", "get", scope=PUBLIC, also_at=("/s/{shelf}/{book}", "/book/{book}/of/{shelf}/"))(
    _seen
)


def seen(resource: str, *values: str, method: str = "GET") -> Any:
    answer = ask(ENTRY, *values, method=method, resource=resource)
    assert answer.status == 200, answer.content
    return answer.json["path"] if answer.content else None


def test_a_route_answers_at_each_of_its_paths() -> None:
    expected = {"shelf": "north", "book": "atlas"}
    assert seen("/shelf/{shelf}/book/{book}", "north", "atlas") == expected
    assert seen("/s/{shelf}/{book}", "north", "atlas") == expected
    assert seen("/book/{book}/of/{shelf}", "atlas", "north") == expected
    assert ENTRY.route.resources == ("/shelf/{shelf}/book/{book}", "/s/{shelf}/{book}", "/book/{book}/of/{shelf}")


@pytest.mark.parametrize("resource", ["/shelf/{id}/book/{name}", "/shelf/{book}/book/{shelf}", "/shelf/{shelf}/book/{x}", "/s/{a}/{b}"])
def test_variables_are_called_as_the_route_calls_them_whatever_they_are_deployed_as(resource: str) -> None:
    assert seen(resource, "north", "atlas") == {"shelf": "north", "book": "atlas"}


def test_the_order_of_variables_is_that_of_the_path_that_was_called() -> None:
    assert seen("/book/{x}/of/{y}", "atlas", "north") == {"shelf": "north", "book": "atlas"}


def test_head_is_answered_at_further_paths_too() -> None:
    assert seen("/s/{a}/{b}", "north", "atlas", method="HEAD") is None


@pytest.mark.parametrize(
    ("sent", "value"),
    [("%6Eorth", "north"), ("a%2Fb%2fc", "a/b/c"), ("a+b%2Bc", "a+b+c"), ("a%252Fb", "a%2Fb"), ("%C5%BE", "ž"), ("%00", "\0")],
)
def test_values_are_decoded_once(sent: str, value: str) -> None:
    made = event("GET", "/s/{a}/{b}", path={"a": "x", "b": "atlas"})
    assert answered(ENTRY(sent_as(made, a=sent), Context())).json["path"] == {"shelf": value, "book": "atlas"}


@pytest.mark.parametrize("sent", ["%", "%4", "%4g", "a%%41", "%FF", "%C5", "%ED%A0%80"])
def test_a_value_that_is_no_text_is_refused_as_one_that_is_malformed(sent: str) -> None:
    answer = answered(ENTRY(sent_as(event("GET", "/s/{a}/{b}", path={"a": "x", "b": "atlas"}), a=sent), Context()))
    assert (answer.status, answer.json) == (400, {"shelf": ["must be valid UTF-8"]})


def test_values_are_taken_as_they_come() -> None:
    for value in ("a/b", "{shelf}", "ž %", "..", "a%2Fb"):
        assert seen("/shelf/{id}/book/{name}", value, "atlas")["shelf"] == value


@pytest.mark.parametrize("resource", ["/shelf/{shelf}", "/s/{a}/{b}/{c}", "/other/{shelf}/book/{book}"])
def test_another_path_is_not_answered(resource: str) -> None:
    """Nothing sends it here: a gateway that did would be deployed wrongly."""
    values = ["x"] * resource.count("{")
    assert ask(ENTRY, *values, resource=resource).status == 405
