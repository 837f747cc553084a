"""The adapter creates events of a REST API and returns the entries' responses."""

from __future__ import annotations

import gzip
import io
import json
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from edge.answer import JSON, Answer
from edge.api import Api
from edge.dialect import Credential, json_answer
from edge.order import INPUT_FIRST
from edge.request import Call, Request
from edge.scopes import Scopes
from edge.sizes import MOST_PAYLOAD
from fleet.access import Principal, Reach
from fleet.aws import clients
from fleet.aws.reads import Found
from fleet.aws.table import Key
from muster.local import clients as clients_of_threads
from muster.local.adapter import MAX_BODY, Gateway
from muster.local.context import Late
from muster.local.paths import Match, Paths


def _identify(text: str, request: Request, keys: Sequence[Key]) -> tuple[Principal, Found]:
    return Principal("toy", text, Reach.of(), frozenset({"x"})), Found()


def _options(request: Request, methods: Sequence[str]) -> Answer:
    if "x-bytes" in request.headers:
        return Answer(200, b" " * int(request.headers["x-bytes"]), JSON)
    return Answer(204, headers={"Access-Control-Allow-Headers": "X", "Allow": ", ".join(methods)})


_ANYBODY = Credential("toy", {}, lambda request: "someone", _identify)
API = Api("toy", (_ANYBODY,), INPUT_FIRST, lambda error, status: {"message": error.message}, scopes=Scopes(("x",)), options=_options)


def _echo(call: Call) -> Answer:
    """Return the received event."""
    request = call.request
    time.sleep(0.002)
    return json_answer(
        200,
        {
            "method": request.method,
            "path": request.path,
            "values": dict(request.values),
            "query": dict(request.query),
            "body": request.body.decode(),
            "source": request.source,
            "headers": dict(request.headers),
            "link": request.link({"a": "2"}),
        },
    )


def _fill(call: Call) -> Answer:
    """Answer as many bytes as the path says."""
    return json_answer(200, {"page": "x" * int(call.request.values["bytes"])})


def _break(call: Call) -> Answer:
    """Return a malformed response."""
    return Answer(200, b"\xff", JSON)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Gateway:
    made = [
        API.route("GET", "/toy/{id}/", "get", scope="x")(_echo),
        API.route("POST", "/toy/{id}/", "post", scope="x")(_echo),
        API.route("GET", "/toy/fixed", "fixed", scope="x")(_echo),
        API.route("GET", "/toy/broken/now", "broken", scope="x")(_break),
        API.route("GET", "/toy/pages/{bytes}", "fill", scope="x")(_fill),
    ]
    allowed = {"/toy/{id}": {"GET": "x", "POST": "x"}, "/toy/fixed": {"GET": "x"}, "/toy/broken/now": {"GET": "x"}}
    listed = tmp_path_factory.mktemp("toy") / "allowed.json"
    listed.write_text(json.dumps(allowed))
    return Gateway(made, {"/toy": API.fallback(str(listed))})


@pytest.fixture(scope="module")
def headed(tmp_path_factory: pytest.TempPathFactory) -> Gateway:
    """An API that answers HEAD, and whose routes call the variable at one place differently."""
    api = replace(API, head=True)
    made = [
        api.route("GET", "/toy/cert/{id}/", "get", scope="x")(_echo),
        api.route("GET", "/toy/cert/{common_name}/group/", "group", scope="x", also_at=("/toy/group/{common_name}/",))(_echo),
        api.route("GET", "/toy/files/{owner}/{path+}", "file", scope="x")(_echo),
        api.route("POST", "/toy/files/{id}", "post", scope="x")(_echo),
    ]
    listed = tmp_path_factory.mktemp("headed") / "allowed.json"
    listed.write_text(json.dumps({"/toy/cert/{id}": {"GET": "x"}, "/toy/files/{id}": {"POST": "x"}}))
    return Gateway(made, {"/toy": api.fallback(str(listed))})


def ask(gateway: Gateway, method: str, uri: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
    environ = {
        "REQUEST_METHOD": method,
        "REQUEST_URI": uri,
        "REMOTE_ADDR": "127.0.0.9",
        "SERVER_PORT": "8080",
        "wsgi.url_scheme": "http",
        "HTTP_HOST": "localhost:8080",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    started: list[Any] = []
    content = b"".join(gateway(environ, lambda status, given: started.extend((status, given))))
    return int(started[0].split()[0]), dict(started[1]), content


def told(gateway: Gateway, method: str, uri: str, body: bytes = b"", **headers: str) -> Any:
    status, _, content = ask(gateway, method, uri, body, **headers)
    assert status == 200
    return json.loads(content)


@pytest.mark.parametrize("uri", ["/toy/a%2Fb%2520c", "/toy/a%2Fb%2520c/"])
def test_path_values_are_decoded_once_and_a_trailing_slash_makes_no_difference(gateway: Gateway, uri: str) -> None:
    assert told(gateway, "GET", uri)["values"] == {"id": "a/b%20c"}


def test_a_path_is_handed_over_as_it_was_sent(gateway: Gateway) -> None:
    assert told(gateway, "GET", "/toy/a%2fb+c%25/")["path"] == "/toy/a%2fb+c%25/"
    assert told(gateway, "GET", "/toy/a+b%2B")["values"] == {"id": "a+b+"}
    assert told(gateway, "GET", "//toy/x?a=b+c%2B")["path"] == "/toy/x"
    assert told(gateway, "GET", "//toy/x?a=b+c%2B")["query"] == {"a": ["b c+"]}
    assert ask(gateway, "GET", "/%74oy/x")[0] == 404


def test_a_literal_goes_before_a_variable(gateway: Gateway) -> None:
    assert told(gateway, "GET", "/toy/fixed?a=1")["values"] == {}
    assert told(gateway, "GET", "/toy/fixe")["values"] == {"id": "fixe"}


def test_a_query_keeps_all_values_and_blank_ones(gateway: Gateway) -> None:
    query = urlencode([("a", "1"), ("a", "2&ä"), ("b", "")])
    assert told(gateway, "GET", f"/toy/x?{query}")["query"] == {"a": ["1", "2&ä"], "b": [""]}


def test_bodies_pass_byte_for_byte(gateway: Gateway) -> None:
    assert told(gateway, "POST", "/toy/x", "smörgås\r\n".encode())["body"] == "smörgås\r\n"
    assert told(gateway, "POST", "/toy/x")["body"] == ""


def test_the_source_is_the_peer_whatever_headers_say(gateway: Gateway) -> None:
    answer = told(gateway, "GET", "/toy/x", x_forwarded_for="203.0.113.1", forwarded="for=203.0.113.1")
    assert answer["source"] == "127.0.0.9"
    assert answer["headers"]["x-forwarded-for"] == "203.0.113.1, 127.0.0.9"


def test_answers_are_packed_for_who_asks(gateway: Gateway) -> None:
    _, headers, content = ask(gateway, "GET", "/toy/x", accept_encoding="gzip")
    assert headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(content))["values"] == {"id": "x"}


def test_undeclared_methods_and_unknown_paths_are_the_dialects(gateway: Gateway) -> None:
    status, headers, _ = ask(gateway, "DELETE", "/toy/x/")
    assert (status, headers["Allow"]) == (405, "GET, POST, OPTIONS")
    assert ask(gateway, "OPTIONS", "/toy/x")[0] == 204
    status, _, content = ask(gateway, "HEAD", "/toy/x")
    assert (status, content) == (405, b"")
    for unknown in ("/toy", "/toy/", "/toy/x/y/z", "/toy//x"):
        status, _, content = ask(gateway, "GET", unknown)
        assert (status, set(json.loads(content))) == ((404, {"message"}) if "//" not in unknown else (404, NEUTRAL))


def test_head_is_get_without_the_body(headed: Gateway) -> None:
    got, told = ask(headed, "GET", "/toy/cert/7/"), ask(headed, "HEAD", "/toy/cert/7/")
    assert (told[0], told[2]) == (200, b"")
    assert told[1].keys() == got[1].keys()
    assert ask(headed, "HEAD", "/toy/files/7")[0] == 405
    assert ask(headed, "PUT", "/toy/cert/7/")[1]["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("uri", "values"),
    [
        ("/toy/cert/7", {"id": "7"}),
        ("/toy/cert/a%2Fb/group/", {"common_name": "a/b"}),
        ("/toy/group/a%2520b", {"common_name": "a%20b"}),
        ("/toy/files/me/a/b%20c", {"owner": "me", "path": "a/b c"}),
    ],
)
def test_a_route_gets_its_values_by_its_own_names(headed: Gateway, uri: str, values: dict[str, str]) -> None:
    assert told(headed, "GET", uri)["values"] == values


def test_a_link_is_below_the_host_that_was_called(gateway: Gateway) -> None:
    assert told(gateway, "GET", "/toy/x/?a=1")["link"] == "http://localhost:8080/toy/x/?a=2"


NEUTRAL = {"statusCode", "error", "message", "detail", "type"}


def test_what_no_dialect_answers_has_the_members_of_every_error_form(gateway: Gateway) -> None:
    for status, answer in (
        (404, ask(gateway, "GET", "/elsewhere")),
        (413, ask(gateway, "POST", "/toy/x", b" " * (MAX_BODY + 1))),
        (413, ask(gateway, "POST", "/toy/x", b" " * (MOST_PAYLOAD * 3 // 4))),
    ):
        assert answer[0] == status
        assert set(json.loads(answer[2])) == NEUTRAL


def test_what_fits_into_an_event_of_lambda_passes(gateway: Gateway) -> None:
    body = b" " * (MOST_PAYLOAD * 3 // 4 - 10_000)
    assert ask(gateway, "POST", "/toy/x", body)[0] == 200


def test_an_answer_that_lambda_does_not_carry_is_a_502(gateway: Gateway) -> None:
    assert ask(gateway, "GET", "/toy/pages/5000000")[0] == 200
    assert ask(gateway, "OPTIONS", "/toy/x", x_bytes="5000000")[0] == 200
    status, _, content = ask(gateway, "OPTIONS", "/toy/x", x_bytes=str(MOST_PAYLOAD))
    assert (status, json.loads(content)["message"]) == (502, "Internal server error")


def test_a_function_that_fails_is_a_502_that_tells_nothing(gateway: Gateway) -> None:
    status, _, content = ask(gateway, "GET", "/toy/broken/now")
    assert (status, json.loads(content)["message"]) == (502, "Internal server error")


@pytest.mark.parametrize(("patience", "status"), [(29, 502), (0.2, 504)], ids=["the function's timeout", "API Gateway waits no longer"])
def test_a_call_ends_in_time_and_writes_nothing_afterwards(cloud: dict[str, str], tmp_path: Path, patience: float, status: int) -> None:
    clients.forget()
    clients_of_threads.make()
    over, outcome = threading.Event(), list[BaseException]()

    def view(call: Call) -> Answer:
        """Write when the time is over."""
        time.sleep(1.1)
        try:
            clients.dynamodb().put_item(TableName=cloud["FLEET_TABLE"], Item={"pk": {"S": "late"}, "sk": {"S": "late"}})
        except BaseException as error:
            outcome.append(error)
        finally:
            over.set()
        return json_answer(200, {})

    fallback = API.fallback(str(tmp_path / "fallback.py"))
    slow = Gateway([API.route("GET", "/toy/slow", "slow", scope="x", timeout=1)(view)], {"/toy": fallback}, patience)
    started = time.monotonic()
    assert ask(slow, "GET", "/toy/slow")[0] == status
    assert time.monotonic() - started < 1.1
    assert over.wait(5)
    assert [type(error) for error in outcome] == [Late]
    assert "Item" not in clients.dynamodb().get_item(TableName=cloud["FLEET_TABLE"], Key={"pk": {"S": "late"}, "sk": {"S": "late"}})


def test_sixteen_callers_each_get_their_own_answer(gateway: Gateway) -> None:
    def one(number: int) -> bool:
        return bool(told(gateway, "POST", f"/toy/{number}", str(number).encode())["body"] == str(number))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads switch often enough to mix up a shared request
    try:
        with ThreadPoolExecutor(16) as pool:
            assert all(pool.map(one, range(400)))
    finally:
        sys.setswitchinterval(interval)


def test_a_greedy_variable_takes_what_is_left() -> None:
    paths = Paths(["/a/{proxy+}", "/a/b/{id}"])
    assert paths.match("/a/b/c") == Match("/a/b/{id}", {"id": "c"})
    assert paths.match("/a/b/c/d") == Match("/a/{proxy+}", {"proxy": "b/c/d"})
    assert paths.match("/a/b/c%2Fd") == Match("/a/b/{id}", {"id": "c%2Fd"})
    assert paths.match("//a/b%2F//c") == Match("/a/{proxy+}", {"proxy": "b%2F//c"})
    assert paths.match("/a//b") is None
    assert paths.match("/") is None


def test_a_variable_takes_nothing_where_nothing_else_matches() -> None:
    paths = Paths(["/a", "/a/{proxy+}", "/a/b/{id}", "/a/b/{id}/c", "/d/{id}/e", "/d/{id}/{proxy+}"])
    assert paths.match("/d//e") == paths.match("//d//e/") == Match("/d/{id}/e", {"id": ""})
    assert paths.match("/d//f/g") == Match("/d/{id}/{proxy+}", {"id": "", "proxy": "f/g"})
    assert paths.match("/a/b//c") == Match("/a/{proxy+}", {"proxy": "b//c"})
    assert paths.match("/a/b/") is not None
    assert paths.match("/a//c") is None
