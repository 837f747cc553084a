"""Absolute URLs as the caller has them: with the stage of the gateway, or behind a domain with or without a base path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from edge.answer import Answer
from edge.dialect import json_answer
from edge.request import Call
from edge.route import PUBLIC
from tests.edge.library import LIBRARY
from tests.harness.call import Context, answered, event

RESOURCE = "/library/shelf/{shelf}/book"


def _links(call: Call) -> Answer:
    """Link to the next page, the previous one, and another path."""
    request = call.request
    return json_answer(
        200,
        {
            "base": request.base,
            "next": request.link({"page": "3"}),
            "previous": request.link({"page": None}),
            "other": request.link({"page": None, "kind": None, "a": None}, "/library/hours/"),
            "self": request.link({}),
        },
    )


ENTRY = LIBRARY.route("GET", f"{RESOURCE}/", "list_books", scope=PUBLIC, also_at=("/library/book/of/{shelf}/",))(_links)
NEXT = "?a=%C5%BE&kind=x&kind=y&page=3"


def links(
    called: str,
    path: str,
    host: str | None = "fleet.example",
    resource: str = RESOURCE,
    headers: Mapping[str, str] | None = None,
    **query: Any,
) -> Any:
    """The links of a request for this path of the host, of which the event says that it is `path`."""
    sent = event("GET", resource, path={"shelf": "north"}, query=query, headers={**({"Host": host} if host else {}), **(headers or {})})
    context = {**sent["requestContext"], "path": called, "domainName": "domain.example"}
    return answered(ENTRY({**sent, "path": path, "requestContext": context}, Context())).json


@pytest.mark.parametrize(
    ("called", "path", "base"),
    [
        ("/live/library/shelf/north/book/", "/library/shelf/north/book/", "https://fleet.example/live"),
        ("/live/library/shelf/north/book", "/library/shelf/north/book", "https://fleet.example/live"),
        ("/library/shelf/north/book/", "/library/shelf/north/book/", "https://fleet.example"),
        ("/fleet/library/shelf/north/book/", "/fleet/library/shelf/north/book/", "https://fleet.example/fleet"),
        ("/fleet/v2/library/shelf/north/book/", "/fleet/v2/library/shelf/north/book/", "https://fleet.example/fleet/v2"),
        ("/library/library/shelf/north/book/", "/library/shelf/north/book/", "https://fleet.example/library"),
        ("/live/library/shelf/a%2Fb/book/", "/library/shelf/a%2Fb/book/", "https://fleet.example/live"),
    ],
    ids=["stage", "no slash at the end", "domain", "base path", "long base path", "stage like a path", "encoded slash"],
)  # fmt: skip
def test_links_are_below_what_the_caller_called(called: str, path: str, base: str) -> None:
    found = links(called, path, page="2", kind=["x", "y"], a="ž")
    own = called.removeprefix(base.removeprefix("https://fleet.example"))
    assert found == {
        "base": base,
        "next": f"{base}{own}{NEXT}",
        "previous": f"{base}{own}?a=%C5%BE&kind=x&kind=y",
        "other": f"{base}/library/hours/",
        "self": f"{base}{own}?a=%C5%BE&kind=x&kind=y&page=2",
    }


def test_a_link_without_parameters_ends_with_the_path() -> None:
    found = links("/live/library/shelf/north/book/", "/library/shelf/north/book/")
    assert found["self"] == "https://fleet.example/live/library/shelf/north/book/"
    assert found["next"] == "https://fleet.example/live/library/shelf/north/book/?page=3"


def test_the_scheme_and_the_host_are_those_that_the_caller_used() -> None:
    called = "/library/shelf/north/book/"
    assert links(called, called, headers={"X-Forwarded-Proto": "http"})["base"] == "http://fleet.example"
    assert links(called, called, host="localhost:8080")["base"] == "https://localhost:8080"
    assert links(called, called, host=None)["base"] == "https://domain.example"


def test_a_further_path_of_a_route_links_to_itself() -> None:
    called = "/live/library/book/of/north/"
    assert links(called, "/library/book/of/north/", resource="/library/book/of/{shelf}")["self"] == f"https://fleet.example{called}"
