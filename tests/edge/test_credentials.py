"""Who calls: the first credential that a request carries counts, on the routes that take it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge.order import OBJECT_FIRST
from edge.request import Call
from edge.route import PUBLIC
from tests.edge import archive, library, shelves
from tests.edge.archive import ARCHIVE
from tests.edge.calls import ask
from tests.edge.library import CARD, KEY, LIBRARY, Shown, get_hours, get_notes, get_shelf, shelf_of
from tests.harness.call import Response

pytestmark = pytest.mark.usefixtures("stock")


def notes(book: str = "atlas", key: Any = None, **more: Any) -> Response:
    return ask(get_notes, "north", book, query=None if key is None else {"key": key}, **more)


def test_the_key_in_the_query_counts_before_the_card() -> None:
    assert notes(key="sesame").json["group"] == "book"
    assert notes(card="all").json["group"] == "reader"
    assert notes(key="sesame", card="unknown").json["group"] == "book"
    assert notes(key="sesame", card="none").json["group"] == "book"


def test_a_good_card_does_not_make_up_for_a_wrong_key() -> None:
    answer = notes(key="wrong", card="all")
    assert (answer.status, answer.json) == (403, {"detail": "Wrong key."})


def test_a_refusal_may_depend_on_who_else_is_there() -> None:
    assert notes(key="wrong").json == {"detail": "Wrong key, and nobody else is there."}


def test_an_unknown_object_comes_before_a_wrong_key() -> None:
    assert [notes("unknown", key="wrong").status, notes("unknown", key="sesame").status] == [404, 404]
    assert notes("unknown").status == 401


@pytest.mark.parametrize("key", [None, "", [""], ["sesame", ""]], ids=str)
def test_an_empty_key_is_none(key: Any) -> None:
    answer = notes(key=key)
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert notes(key=key, card="all").json["group"] == "reader"


def test_other_routes_do_not_take_the_key() -> None:
    assert ask(get_shelf, "north", query={"key": "sesame"}).status == 401


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (None, "Credentials are missing or not valid"),
        ("Basic YWxs", "Credentials are missing or not valid"),
        ("Token all", "Credentials are missing or not valid"),
        ("", "Credentials are missing or not valid"),
        ("Bearer", "Invalid token."),
        ("Bearer a b", "Invalid token header. Token string should not contain spaces."),
        ("Bearer unknown", "Invalid token."),
    ],
)
def test_each_failure_has_its_words(header: str | None, text: str) -> None:
    answer = ask(get_shelf, "north", headers={} if header is None else {"Authorization": header})
    assert (answer.status, answer.json, answer.headers["WWW-Authenticate"]) == (401, {"detail": text}, "Bearer")


@pytest.mark.parametrize("header", ["Bearer all", "bearer all", "BEARER all", "Bearer  all "])
def test_the_scheme_is_taken_in_any_case(header: str) -> None:
    assert ask(get_shelf, "north", headers={"authorization": header}).status == 200


def test_two_kinds_of_caller_call_two_apis() -> None:
    def view(call: Call) -> Shown:
        return Shown(title=call.principal.kind)

    answers = [ask(api.route("GET", "/who", "who", scope="view")(view), card="all").json["title"] for api in (LIBRARY, ARCHIVE)]
    assert answers == ["reader", "archivist"]


def test_the_object_is_read_in_the_same_request_as_the_credential(aws_requests: Any) -> None:
    aws_requests.clear()
    assert ask(get_shelf, "north", card="all").status == 200
    assert notes(key="sesame").status == 200
    assert aws_requests.requests == ["dynamodb:BatchGetItem"] * 2


def test_a_public_route_looks_at_no_credential(aws_requests: Any) -> None:
    aws_requests.clear()
    assert [ask(get_hours, card=card).json["title"] for card in (None, "all", "unknown")] == ["anybody"] * 3
    assert aws_requests.requests == []


def test_the_document_names_each_credential_of_a_route() -> None:
    assert list(get_notes.route.security) == ["key", "card"]
    assert list(get_shelf.route.security) == ["card"]
    assert not get_hours.route.security
    assert {KEY.identify, CARD.identify} <= set(get_notes.route.uses)


@pytest.mark.parametrize("part", ["loads", "parent"])
def test_a_public_route_that_loads_an_object_is_refused(part: str) -> None:
    """No credential is read there, so there is nobody whose reach could be asked."""

    def view(call: Call) -> None:
        """Do nothing."""

    loader: dict[str, Any] = {part: shelf_of}
    with pytest.raises(TypeError, match="open is public: objects are read with a credential"):
        LIBRARY.route("GET", "/library/{shelf}", "open", scope=PUBLIC, order=OBJECT_FIRST, **loader)(view)


def test_a_route_is_public_or_takes_a_credential_and_not_both_or_neither() -> None:
    def view(call: Call) -> None:
        """Do nothing."""

    for api, scope, more in ((LIBRARY, "view", {"credentials": ()}), (replace(LIBRARY, credentials=()), "view", {})):
        with pytest.raises(TypeError, match="open has the scope view and 0 credentials: PUBLIC is for who shows none"):
            api.route("GET", "/library/open", "open", scope=scope, **more)(view)  # type: ignore[arg-type]
    assert not LIBRARY.route("GET", "/library/open", "open", scope=PUBLIC, credentials=(CARD,))(view).route.security


def test_scopes_are_those_of_the_card() -> None:
    shelves.card("change", "change")
    assert ask(get_shelf, "north", card="change").status == 403
    assert ask(library.put_shelf, "north", card="change", body={"title": "x"}).status == 200
    assert ask(archive.patch_items, "north", card="change").status == 403


def test_the_log_names_a_caller_once_its_credential_is_good(caplog: pytest.LogCaptureFixture) -> None:
    for entry, card, named in (
        (get_shelf, "none", ("reader", "none")),
        (get_shelf, "unknown", (None, None)),
        (get_shelf, None, (None, None)),
        (get_hours, None, ("anybody", "")),
    ):
        caplog.clear()
        ask(entry, *["north"] * (entry is get_shelf), card=card)
        (line,) = caplog.records
        assert (getattr(line, "kind", None), getattr(line, "caller", None)) == named, (entry.route.name, card)
