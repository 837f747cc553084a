"""What holds on every route, asked of each: scopes, the order of checks, queries, bodies (wegnology.md 1, 2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

from edge.entry import Entry
from edge.query import list_members
from fleet.tokens.scopes import SCOPES
from tests.contract.wegnology.application import Application, refusal
from tests.harness.aws import snapshot
from tests.harness.call import Context, Response, answered, event_of
from tests.suite.routes import every_route, example, name, variables

UNKNOWN = "65f0c0de00000000000000ff"
ROUTES = [entry for entry in every_route() if entry.route.dialect == "wegnology"]
OF_ONE = [entry for entry in ROUTES if "deviceId" in variables(entry)]
LISTS = [entry for entry in ROUTES if "query" in entry.route.shapes]
BODIES = [entry for entry in ROUTES if "body" in entry.route.shapes]
WIDE = {"all.Application", "all.Organization", "all.User"}
READ = {f"{scope}.read" for scope in WIDE}
ALSO: Mapping[str, set[str]] = {
    "attributeNames": READ,
    "deviceNames": READ,
    "export": READ,
    "get": READ | {"all.Device", "all.Device.read"},
    "getCompositeState": READ | {"all.Device", "all.Device.read"},
    "payloadCounts": READ,
    "sendCommand": {"all.Device"},
    "tagKeys": READ,
    "tagValues": READ,
    "sendState": {"all.Device", "device.*", "device.sendState"},
    "getCommand": READ | {"all.Device", "all.Device.read", "device.*", "device.getCommand"},
}
"""The scopes that an action takes beside those of WIDE, `devices.*`, and its own."""
CLIENTS = (
    {"_actions": "false", "_links": "true", "_embedded": "true"},
    {"_actions": "False", "_links": "True", "_embedded": "True"},
    {"_actions": "", "_links": "", "_embedded": ""},
    {"_actions": ["a", "b"], "_embedded[0]": "x", "losant": "1", "x[0][y]": "z", "[": "", "": ""},
)
"""What clients add to every request, as JavaScript and as Python write it, and parameters that no route has."""


def good_query(entry: Entry) -> dict[str, str]:
    """The query of a route's example as it is sent."""
    return {each: str(value) for each, value in (example(entry, "query") or {}).items()}


def ask(application: Application, entry: Entry, *, of: str | None = None, token: str | None = None, **given: Any) -> Response:
    """Call a route by its own example; `given` is what is sent in its place. The call is not held against the document."""
    values = {"applicationId": application.id if of is None else of, "deviceId": application.hall.id}
    body, query = example(entry, "body"), good_query(entry)
    headers = {**application.world.bearer(token), **given.pop("headers", {})}
    asked: dict[str, Any] = {"body": body, "query": query, **given}
    event = event_of(entry, {part: values[part] for part in variables(entry)}, headers=headers, **asked)
    return answered(entry(event, Context()))


def accepted(action: str) -> set[str]:
    return WIDE | ALSO.get(action, set()) | {"devices.*", f"devices.{action}"}


def test_there_are_sixteen_routes() -> None:
    assert {entry.route.scope for entry in ROUTES} > ALSO.keys()
    assert (len(ROUTES), len(OF_ONE)) == (16, 2)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_opens_its_routes_and_no_others(application: Application, scope: str) -> None:
    """A scope that is good enough comes to the application, which there is not: 404 in place of 403."""
    device: dict[str, Any] = {"device": application.hall.id} if scope.startswith("all.Device") else {}
    token = application.world.token_of(scope, **device)
    for entry in ROUTES:
        status = 404 if scope in accepted(entry.route.scope) else 403
        refusal(ask(application, entry, of=UNKNOWN, token=token), status, name(entry))


@pytest.mark.parametrize("entry", ROUTES, ids=name)
class TestOrder:
    def test_token_scope_application_query_body(self, application: Application, other: Application, entry: Entry) -> None:
        """Every request is wrong in all that comes behind."""
        wrong: dict[str, Any] = {"body": b"{", "query": {"query": "[", "limit": "x"}, "headers": {"Content-Type": "x"}}
        unfit = application.world.token_of("devices.tagKeys" if entry.route.scope != "tagKeys" else "devices.post")
        refusal(ask(application, entry, of=UNKNOWN, token="-", **wrong), 401)
        refusal(ask(application, entry, of=UNKNOWN, token=unfit, **wrong), 403)
        for of in (UNKNOWN, UNKNOWN[1:], "x", other.id):
            assert refusal(ask(application, entry, of=of, **wrong), 404) == "Application was not found"
        refusal(ask(application, entry, **wrong), 400)

    def test_the_token_of_another_application_finds_nothing(self, application: Application, other: Application, entry: Entry) -> None:
        before = snapshot()
        assert refusal(ask(application, entry, token=other.world.token), 404) == "Application was not found"
        assert snapshot() == before


@pytest.mark.parametrize("entry", ROUTES, ids=name)
class TestRequests:
    def test_what_every_client_adds_changes_nothing(self, application: Application, entry: Entry) -> None:
        for added in CLIENTS:
            answer = ask(application, entry, query={**good_query(entry), **added})
            assert answer.status in entry.route.statuses, (added, answer.content)
            assert answer.headers["Content-Type"] == "application/json"

    def test_links_are_left_out_on_request(self, application: Application, entry: Entry) -> None:
        application.world.device(tags=({"key": "hall", "value": "north"},))
        answer = ask(application, entry, query={**good_query(entry), "_links": "false"})
        assert answer.status in entry.route.statuses
        assert b'"_links"' not in answer.content


@pytest.mark.parametrize("entry", LISTS, ids=name)
def test_a_parameter_of_one_value_that_is_given_otherwise_is_named(application: Application, entry: Entry) -> None:
    shape = entry.route.shapes["query"]
    names = {field.alias or name for name, field in shape.model_fields.items()} - {"_links"} - list_members(shape)
    assert names
    good = good_query(entry)
    for each in names:
        others = {key: value for key, value in good.items() if key != each}
        for given in ({each: ["1", "1"]}, {f"{each}[0]": "1"}, {f"{each}[]": "1"}, {f"{each}[a]": "1"}, {each: "1", f"{each}[1]": "1"}):
            assert refusal(ask(application, entry, query={**others, **given}), 400, given).startswith(f"{each} "), given


@pytest.mark.parametrize("entry", LISTS, ids=name)
def test_a_parameter_that_is_no_text_is_named(application: Application, entry: Entry) -> None:
    """Bytes that are not UTF-8 become U+FFFD where the query is decoded. What the route does not know is not looked at."""
    names = {field.alias or name for name, field in entry.route.shapes["query"].model_fields.items()} - {"_links"}
    for each, text in product(names, ("\ufffd", "a\ufffd", "\ud800", "\udfff")):
        named = f"{each}[0][key]" if each == "tagFilter" else each
        query = {key: value for key, value in good_query(entry).items() if key != each} | {named: text}
        assert refusal(ask(application, entry, query=query), 400, query) == f"{each} must be valid UTF-8"
    answer = ask(
        application, entry, query={**good_query(entry), "\ufffd": "\ufffd", "_actions": "\ud800", "_links": "\ufffd", "x[\ufffd]": "a"}
    )
    assert answer.status in entry.route.statuses


@pytest.mark.parametrize("entry", BODIES, ids=name)
class TestBodies:
    def test_json_is_read_whatever_its_type(self, application: Application, entry: Entry) -> None:
        for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain", "nonsense"):
            answer = ask(application, entry, headers={"Content-Type": kind})
            assert answer.status in entry.route.statuses, (kind, answer.content)

    def test_no_body_is_an_object_without_members(self, application: Application, entry: Entry) -> None:
        """Python sends no type, Ruby JSON's, and JavaScript that of a form where there is no argument."""
        expected = ask(application, entry, body={})
        for kind in ({}, {"Content-Type": "application/json"}, {"Content-Type": "application/x-www-form-urlencoded"}):
            for body in (None, b""):
                answer = ask(application, entry, body=body, headers={"Content-Length": "0", **kind})
                assert answer.status == expected.status, (kind, body)
                assert answer.status == 202 or answer.content == expected.content

    def test_unknown_members_are_named_and_null_is_no_body(self, application: Application, entry: Entry) -> None:
        before = snapshot()
        assert "colour is not known here" in refusal(ask(application, entry, body={**example(entry, "body"), "colour": None}), 400)
        for body in (b"null", b"true", b"1", b'"{}"', b"{", b"\xff", b'{"name":"\xe9"}', b'{"name":"\\udc00"}', b'{"name":NaN}'):
            refusal(ask(application, entry, body=body), 400, body)
        assert snapshot() == before

    def test_of_members_of_one_name_the_last_counts(self, application: Application, entry: Entry) -> None:
        good = json.dumps(example(entry, "body"))
        member = next(iter(example(entry, "body")))
        answer = ask(application, entry, body=f'{{"{member}":[[]],{good[1:]}'.encode())
        assert answer.status in entry.route.statuses, answer.content
