"""What no route declares: unknown paths, undeclared methods, OPTIONS, and who learns of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge.answer import Answer
from edge.api import Api
from edge.fallback import Fallback
from edge.observe import logger
from fleet.errors import Invalid, NotFound
from fleet.grants import Grant, grants_of
from tests.edge import shelves
from tests.edge.archive import ARCHIVE
from tests.edge.calls import ask
from tests.edge.library import CARD, LIBRARY
from tests.harness.call import Context, Response, answered, event, sent_as
from tests.harness.canary import watch_output

SHELF, ITEMS, HOURS = "/library/shelf/{shelf}", "/library/shelf/{shelf}/book", "/library/hours"
SCOPES = {
    SHELF: {"GET": "view", "PUT": "change"},
    ITEMS: {"POST": "add"},
    HOURS: {"GET": "PUBLIC"},
    "/library/desk": {"GET": "PUBLIC", "PUT": "change"},
}


@pytest.fixture
def listed(tmp_path: Path) -> str:
    """A file beside the list of what is declared."""
    (tmp_path / "allowed.json").write_text(json.dumps(SCOPES))
    return str(tmp_path / "fallback.py")


@pytest.fixture
def library(listed: str, stock: None) -> Fallback:
    return LIBRARY.fallback(listed)


@pytest.fixture
def archive(listed: str, stock: None) -> Fallback:
    return ARCHIVE.fallback(listed)


def at(fallback: Fallback, method: str, resource: str, **more: Any) -> Response:
    values = ["x"] * resource.count("{")
    return ask(fallback, *values, method=method, resource=resource, **more)


def test_who_is_nobody_learns_of_no_method(library: Fallback) -> None:
    for card in (None, "unknown"):
        for resource in (SHELF, ITEMS):
            for method in ("GET", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE"):
                answer = at(library, method, resource, card=card)
                assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), (method, resource)
                assert "Allow" not in answer.headers


def test_a_method_that_the_caller_may_not_use_is_403_and_one_that_is_not_there_405(library: Fallback) -> None:
    shelves.card("viewer", "view")
    for method, may in (("DELETE", "all"), ("PATCH", "all"), ("POST", "all"), ("TRACE", "viewer"), ("TRACE", "none")):
        answer = at(library, method, SHELF, card=may)
        assert (answer.status, answer.json) == (405, {"detail": f'Method "{method}" not allowed.'}), method
        assert answer.headers["Allow"] == "GET, PUT, HEAD, OPTIONS"
    for method, may in (("DELETE", "viewer"), ("PATCH", "viewer"), ("POST", "none")):
        answer = at(library, method, SHELF, card=may)
        assert (answer.status, answer.json) == (403, {"detail": "Action is not allowed"}), method
        assert "Allow" not in answer.headers
    assert at(library, "GET", ITEMS, card="all").headers["Allow"] == "POST, OPTIONS"


def test_public_paths_ask_for_no_credential(library: Fallback, aws_requests: Any) -> None:
    aws_requests.clear()
    for card in (None, "unknown", "none", "all"):
        answer = at(library, "POST", HOURS, card=card)
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert aws_requests.requests == []
    assert at(library, "POST", "/library/desk").status == 401


def test_options_answers_what_the_api_says_of_itself(library: Fallback) -> None:
    for card in ("all", "none"):
        answer = at(library, "OPTIONS", SHELF, card=card)
        assert (answer.status, answer.json["name"], answer.headers["Allow"]) == (200, "Library", "GET, PUT, HEAD, OPTIONS")
    assert at(library, "OPTIONS", HOURS).status == 200
    assert at(library, "OPTIONS", "/library/{proxy+}", card="all").status == 404


def test_unknown_paths_are_404_or_405_before_anybody_is_asked(library: Fallback, archive: Fallback, aws_requests: Any) -> None:
    aws_requests.clear()
    for method in ("GET", "DELETE", "PATCH", "OPTIONS"):
        answer = at(library, method, "/library/{proxy+}")
        assert (answer.status, answer.json) == (404, {"detail": "No Resource matches the given query."})
        answer = at(archive, method, "/archive/{proxy+}")
        assert (answer.status, answer.json) == (405, {"type": "MethodNotAllowed", "message": f"{method} is not allowed"})
        assert "Allow" not in answer.headers
    assert aws_requests.requests == []


def test_where_unknown_paths_are_unknown_methods_every_path_answers_options(listed: str, stock: None) -> None:
    api = replace(ARCHIVE, options=lambda request, methods: Answer(204, headers={"Allow": ", ".join(methods)})).fallback(listed)
    assert (at(api, "OPTIONS", "/archive/{proxy+}").status, at(api, "OPTIONS", SHELF).headers["Allow"]) == (204, "GET, PUT, OPTIONS")
    assert at(api, "GET", "/archive/{proxy+}").status == 405


@pytest.mark.parametrize(("error", "status"), [(None, 405), (Invalid, 400), (NotFound, 404)])
def test_an_empty_value_is_what_the_api_says(listed: str, stock: None, error: Any, status: int) -> None:
    api = replace(ARCHIVE, empty_value=error, error_body=lambda error, status: {}).fallback(listed)
    made = event("POST", "/library/{proxy+}", path={"proxy": "x"})
    assert answered(api(sent_as(made, proxy="shelf//book"), Context())).status == status
    for path in ("shelf//books", "shelf//x/book"):
        assert answered(api(sent_as(made, proxy=path), Context())).status == 405


def test_an_api_that_asks_nobody_answers_405_at_once(archive: Fallback, aws_requests: Any) -> None:
    aws_requests.clear()
    answer = at(archive, "DELETE", SHELF)
    assert (answer.status, answer.json["message"]) == (405, "DELETE is not allowed")
    assert aws_requests.requests == []


def test_head_has_no_body_here_either(library: Fallback, archive: Fallback) -> None:
    for fallback, resource, card, status in (
        (library, ITEMS, "all", 405), (library, ITEMS, "none", 403), (library, ITEMS, None, 401), (library, "/library/{proxy+}", None, 404),
        (archive, SHELF, None, 405), (archive, "/archive/{proxy+}", None, 405),
    ):  # fmt: skip
        answer = at(fallback, "HEAD", resource, card=card)
        assert (answer.status, answer.content) == (status, b""), resource
        assert answer.headers["Content-Type"] == "application/json"


def test_answers_have_the_headers_of_the_api_and_the_request(library: Fallback) -> None:
    for method, card in (("DELETE", "all"), ("DELETE", None), ("OPTIONS", "all")):
        headers = at(library, method, SHELF, card=card).headers
        assert (
            headers.items()
            >= {"X-Library": "true", "X-Content-Type-Options": "nosniff", "Strict-Transport-Security": "max-age=31536000"}.items()
        )
        assert headers["X-Request-Id"] == "11111111-2222-4333-8444-555555555555"


def test_a_table_that_cannot_be_read_is_a_fault_in_the_form_of_the_api(
    library: Fallback, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FLEET_TABLE", "Nowhere")
    logger.set_correlation_id("that of an earlier request")
    answer = at(library, "DELETE", SHELF, card="all")
    assert (answer.status, answer.json) == (500, {"detail": "Internal server error"})
    assert "Allow" not in answer.headers
    output = capsys.readouterr().out
    watch_output(output)
    lines = [json.loads(line) for line in output.splitlines()]
    assert [line["Unexpected"] for line in lines if "Unexpected" in line] == [[1.0]]
    assert logger.get_correlation_id() == answer.headers["X-Request-Id"]


def test_the_credential_is_all_that_it_reads(library: Fallback, archive: Fallback, aws_requests: Any) -> None:
    aws_requests.clear()
    at(library, "DELETE", SHELF, card="all")
    assert aws_requests.requests == ["dynamodb:BatchGetItem"]
    assert library.uses == (CARD.identify,)
    assert archive.uses == ()
    assert grants_of(library.uses) == {Grant("FleetTable", "dynamodb:BatchGetItem", "CARD#*")}


@pytest.mark.parametrize("api", [LIBRARY, ARCHIVE], ids=lambda api: api.name)
def test_a_list_that_is_not_there_is_a_fault_and_no_silence(api: Api, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        at(api.fallback(str(tmp_path / "fallback.py")), "GET", SHELF)
