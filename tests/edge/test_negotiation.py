"""Which media type an answer has: by `?format=`, by Accept and its weights, or by neither."""

from __future__ import annotations

import pytest

from edge.answer import JSON, Answer
from edge.request import Call
from edge.route import PUBLIC
from tests.edge.archive import ARCHIVE
from tests.edge.calls import ask
from tests.edge.library import CSV, HTML, LIBRARY


def _page(call: Call) -> Answer:
    """Answer in the media type that was chosen."""
    return Answer(200, b"x", call.answers)


PAGE = LIBRARY.route("GET", "/page", "page", scope=PUBLIC, answers=(JSON, HTML))(_page)
CHOSEN = {
    None: JSON,
    "*/*": JSON,
    "application/json": JSON,
    "application/*": JSON,
    "text/html": HTML,
    "TEXT/HTML": HTML,
    "text/*": HTML,
    "text/html, application/json": JSON,
    "text/html, application/json;q=0.9": HTML,
    "text/html;q=0.8, application/json;q=0.9": JSON,
    "text/html;q=0.5, */*;q=0.1": HTML,
    "text/html;q=0.5, */*": JSON,
    "text/*;q=0.9, text/html;q=0.1, application/json;q=0.5": JSON,
    "application/json;q=0, */*": HTML,
    "image/png, text/html;level=1;q=0.2": HTML,
    "text/html;charset=utf-8": HTML,
    "application/json; indent=4": JSON,
    " text/html ,\tapplication/json ; q=0.5": HTML,
    "application/json;q=nonsense, text/html;q=0.001": HTML,
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": HTML,
}
REFUSED = [
    "image/png",
    "text/csv",
    "image/*",
    "*/*;q=0",
    "text/html;q=0",
    "application/json;q=0, text/html;q=0",
    "json",
    "text/html;q=1.5",
    "text",
]


def test_accept_chooses_what_the_caller_weighs_most_and_then_the_first_of_the_route() -> None:
    for accept, media_type in CHOSEN.items():
        answer = ask(PAGE, headers={} if accept is None else {"Accept": accept})
        assert (answer.status, answer.headers["Content-Type"]) == (200, media_type), accept


def test_what_accepts_nothing_of_the_route_is_406() -> None:
    for accept in REFUSED:
        answer = ask(PAGE, headers={"Accept": accept})
        assert (answer.status, answer.json) == (406, {"detail": "Could not satisfy the request Accept header"}), accept


@pytest.mark.parametrize("accept", ["*/*", HTML, "image/png"])
def test_a_format_in_the_query_counts_before_accept(accept: str) -> None:
    for query, media_type in (({"format": "json"}, JSON), ({"format": "api"}, HTML), ({"format": ["json", "api"]}, HTML)):
        assert ask(PAGE, query=query, headers={"Accept": accept}).headers["Content-Type"] == media_type, query


def test_an_unknown_format_and_one_of_other_routes_are_404() -> None:
    for format in ("xml", "csv", "JSON", "application/json", CSV):
        answer = ask(PAGE, query={"format": format})
        assert (answer.status, answer.headers["Content-Type"]) == (404, JSON), format


def test_an_empty_format_is_none() -> None:
    for query in ({"format": ""}, {"format": ["json", ""]}):
        assert ask(PAGE, query=query, headers={"Accept": HTML}).headers["Content-Type"] == HTML, query


def test_an_api_without_negotiation_answers_the_first_whatever_is_accepted() -> None:
    entry = ARCHIVE.route("GET", "/page", "page", scope=PUBLIC, answers=(CSV, JSON))(_page)
    for accept in ("image/png", JSON, "", "*/*;q=0"):
        assert ask(entry, query={"format": "x"}, headers={"Accept": accept}).headers["Content-Type"] == CSV, accept


@pytest.mark.usefixtures("stock")
def test_errors_are_json_whatever_was_chosen() -> None:
    entry = LIBRARY.route("GET", "/page", "page", scope="view", answers=(HTML,))(_page)
    answer = ask(entry, headers={"Accept": HTML})
    assert (answer.status, answer.headers["Content-Type"]) == (401, JSON)
    assert ask(entry, headers={"Accept": HTML}, card="all").headers["Content-Type"] == HTML
    assert ask(entry, headers={"Accept": JSON}, card="all").status == 406
