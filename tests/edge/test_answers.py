"""Answers: statuses, headers, HEAD, and what becomes of faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from edge.answer import Answer, Reply
from edge.api import Api
from edge.entry import Entry
from edge.request import Call
from edge.route import PUBLIC
from edge.shape import Closed, Lax
from fleet.errors import Conflict, FleetError, Invalid, NotFound, Problem, TooMany
from tests.edge.archive import ARCHIVE, patch_items
from tests.edge.calls import ask, echo
from tests.edge.library import LIBRARY, OnShelf, Shown, get_shelf, put_shelf, shelf_of
from tests.harness.call import Response


class Text(Lax):
    text: str


def answering(result: Any, api: Api = LIBRARY, method: str = "GET", **options: Any) -> Entry:
    """A public route with this result; an error is raised."""

    def view(call: Call) -> Any:
        if isinstance(result, Exception):
            raise result
        return result

    return api.route(method, "/it", "it", scope=PUBLIC, **options)(view)


@pytest.mark.usefixtures("stock")
def test_a_bulk_action_answers_200_or_202() -> None:
    now = ask(patch_items, "north", card="all", body={})
    later = ask(patch_items, "north", card="all", body={"forceJob": True})
    assert (now.status, now.headers.get("Location")) == (200, None)
    assert (later.status, later.headers["Location"], later.json) == (202, "/jobs/north", {"changed": ["force"]})


@pytest.mark.parametrize(
    ("reply", "status"),
    [(Reply(Text(text="x")), 201), (Reply(Text(text="x"), 200), 200), (Reply(Text(text="x"), 201), 201), (Reply(None, 204), 204),
     (Reply(None), 201), (Text(text="x"), 201), (None, 201)],
)  # fmt: skip
def test_a_view_names_one_of_the_statuses_of_its_route(reply: Any, status: int) -> None:
    answer = ask(answering(reply, status=201, also=(200, 204)))
    empty = (isinstance(reply, Reply) and reply.shape is None) or reply is None
    assert (answer.status, answer.content) == (status, b"" if empty else b'{"text":"x"}')
    assert answer.headers.get("Content-Type") == (None if empty else "application/json")


@pytest.mark.parametrize("status", [200, 202, 400, 500])
def test_a_status_that_a_route_does_not_declare_is_a_fault(status: int) -> None:
    answer = ask(answering(Reply(Text(text="x"), status), status=201))
    assert (answer.status, answer.json) == (500, {"detail": "Internal server error"})
    assert answering(None, status=201, also=(202,)).route.statuses == (201, 202)


def test_headers_of_a_reply_of_the_route_and_of_the_api() -> None:
    entry = answering(Reply(Text(text="x"), headers={"X-Total": "5"}), headers={"Cache-Control": "no-store"})
    answer = ask(entry)
    assert answer.headers.items() >= {("X-Total", "5"), ("Cache-Control", "no-store"), ("X-Library", "true")}
    assert answer.headers["X-Request-Id"]


def test_a_header_of_a_reply_goes_before_the_routes_and_the_apis() -> None:
    entry = answering(
        Reply(Text(text="x"), headers={"Cache-Control": "no-cache", "X-Library": "false"}), headers={"Cache-Control": "no-store"}
    )
    answer = ask(entry)
    assert (answer.headers["Cache-Control"], answer.headers["X-Library"]) == ("no-cache", "false")


class Members(Closed):
    value: int | None = None
    null: int | None = None
    unset: int | None = None


def test_members_without_a_value_are_left_out_null_or_as_they_are_set() -> None:
    shape = Members(value=1, null=None)
    assert ask(answering(shape, replace(LIBRARY, shows="values"))).json == {"value": 1}
    assert ask(answering(shape, replace(LIBRARY, shows="nulls"))).json == {"value": 1, "null": None, "unset": None}
    assert ask(answering(shape, replace(LIBRARY, shows="set"))).json == {"value": 1, "null": None}


def test_an_error_may_have_a_form_other_than_json() -> None:
    plain = replace(LIBRARY, error_body=lambda error, status: Answer(status, f"error: {error.message}\n".encode(), "text/plain"))
    answer = ask(answering(TooMany("Come later", retry_after=7), plain))
    assert (answer.status, answer.content, answer.headers["Content-Type"]) == (429, b"error: Come later\n", "text/plain")
    assert answer.headers["Retry-After"] == "7"


ERRORS: list[tuple[Exception, int, Any, Mapping[str, str]]] = [
    (Invalid(Problem(("a",), "is wrong")), 400, {"a": ["is wrong"]}, {}),
    (NotFound("Book"), 404, {"detail": "No Book matches the given query."}, {}),
    (Conflict("It is taken"), 409, {"detail": "It is taken"}, {}),
    (TooMany(retry_after=7), 429, {"detail": "Too many requests"}, {"Retry-After": "7"}),
    (KeyError("secret"), 500, {"detail": "Internal server error"}, {}),
    (RecursionError("secret"), 500, {"detail": "Internal server error"}, {}),
]


@pytest.mark.parametrize(("error", "status", "body", "headers"), ERRORS, ids=lambda value: type(value).__name__)
def test_errors_have_the_form_of_the_api_and_the_headers_of_the_route(
    error: Exception, status: int, body: Any, headers: Mapping[str, str]
) -> None:
    answer = ask(answering(error, headers={"Cache-Control": "no-store"}))
    assert (answer.status, answer.json) == (status, body)
    assert answer.headers.items() >= {*headers.items(), ("Cache-Control", "no-store"), ("X-Library", "true")}


class Odd(FleetError):
    """An error that no table lists"""


class Gone(NotFound):
    """It was there once"""


def test_an_api_may_give_errors_other_statuses() -> None:
    api = replace(LIBRARY, statuses={NotFound: 410, FleetError: 418})
    assert [ask(answering(error, api)).status for error in (Gone(), NotFound(), Conflict(), KeyError())] == [410, 410, 409, 500]
    assert ask(answering(Odd())).status == 500


def head(entry: Entry, *values: str, **more: Any) -> tuple[Response, Response]:
    """The answers to GET and to HEAD."""
    return ask(entry, *values, **more), ask(entry, *values, method="HEAD", **more)


@pytest.mark.usefixtures("stock")
@pytest.mark.parametrize("encoding", [{}, {"Accept-Encoding": "gzip"}], ids=["plain", "gzip"])
def test_head_answers_as_get_without_a_body(encoding: dict[str, str]) -> None:
    for shelf, card, query, status in (
        ("north", "all", {}, 200),
        ("north", None, {}, 401),
        ("north", "none", {}, 403),
        ("far", "all", {}, 404),
        ("north", "all", {"number": "x"}, 400),
        ("north", "all", {"format": "x"}, 404),
    ):
        get, answer = head(get_shelf, shelf, card=card, query=query, headers=encoding)
        assert (get.status, answer.status) == (status, status)
        assert answer.headers == get.headers, status
        assert get.content, status
        assert answer.content == b"", status


def test_head_of_bytes_and_of_faults_has_no_body_either() -> None:
    for result, status in ((Answer(200, b"\x00\xff", "image/png"), 200), (KeyError(), 500), (Reply(Text(text="x"), 202), 202)):
        get, answer = head(answering(result, also=(202,)))
        assert (get.status, answer.status, answer.headers) == (status, status, get.headers)
        assert get.content
        assert answer.content == b""


def test_head_is_answered_where_the_api_has_it_and_beside_get_alone() -> None:
    assert (get_shelf.methods, put_shelf.methods, answering(None, ARCHIVE).methods) == (["GET", "HEAD"], ["PUT"], ["GET"])
    for entry in (answering(Text(text="x"), ARCHIVE), answering(Text(text="x"), LIBRARY, "POST")):
        answer = ask(entry, method="HEAD")
        assert (answer.status, answer.content) == (405, b"")


@pytest.mark.usefixtures("stock")
def test_a_view_hears_of_head_what_it_hears_of_get() -> None:
    seen = []

    def view(call: Call, loaded: Any, path: OnShelf) -> Shown:
        seen.append((call.principal, call.answers, loaded, path))
        return Shown(title="x")

    head(LIBRARY.route("GET", "/library/{shelf}", "get", scope="view", loads=shelf_of)(view), "north", card="all")
    assert len(seen) == 2
    assert seen[0] == seen[1]


def test_answers_name_the_request() -> None:
    answer = ask(echo(LIBRARY, body=Text), body={"text": "x"})
    assert answer.headers["X-Request-Id"] == "11111111-2222-4333-8444-555555555555"
