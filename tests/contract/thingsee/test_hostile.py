"""Hostile bodies: each part of each body replaced by invalid values, none of which causes a 500 (thingsee.md 1.2 and 1.4)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from edge.entry import Entry
from functions.thingsee.command.list import handler as list_commands
from functions.thingsee.command.send import handler as send
from functions.thingsee.group.list import handler as list_groups
from tests.contract.thingsee.tenant import Tenant, refusal_message
from tests.harness.call import call
from tests.suite.routes import every_route, example, name

BODIES = [entry for entry in every_route() if entry.route.dialect == "thingsee" and "body" in entry.route.shapes]
ODD: list[Any] = [None, True, -1, 1.5, 1e308, 10**400, "", "\0\uffff", "😀" * 3000, [None], {}, {"a": [None]}]
NO_JSON = ["NaN", '"\\ud800"', "9" * 5000, "[" * 200 + "]" * 200, '{"a":' * 200 + "1" + "}" * 200, "[" * 60_000 + "]" * 60_000]
MARK = "what is replaced"


def variants(value: Any, put: Any) -> Iterator[Any]:
    """Variants of a document: this value in place of the whole or of one part at any level, or as an additional part."""
    yield put
    if isinstance(value, dict):
        for key, part in value.items():
            yield from ({**value, key: changed} for changed in variants(part, put))
        yield {**value, "more": put}
    if isinstance(value, list):
        for number, part in enumerate(value):
            yield from ([*value[:number], changed, *value[number + 1 :]] for changed in variants(part, put))
        yield [*value, put]


def without_members(value: Any) -> Iterator[Any]:
    """Variants of a document without one of its members."""
    if isinstance(value, list):
        yield from ([body] for body in without_members(value[0]))
    else:
        yield from ({other: kept for other, kept in value.items() if other != key} for key in value)


def _short(document: Any) -> Any:
    """With only one of the attributes of free type, since accepted bodies take long."""
    return (
        [{name: value for name, value in each.items() if name != "reportInterval"} for each in document]
        if isinstance(document, list)
        else document
    )


def status_of(tenant: Tenant, entry: Entry, path: dict[str, str], body: str) -> int:
    """The status of the response; checks its body."""
    values = {part: value for part, value in path.items() if f"{{{part}}}" in entry.route.path}
    answer = call(entry, values, body=body.encode(), headers=tenant.headers)
    if answer.status != 200:
        refusal_message(answer, answer.status)
    return answer.status


@pytest.mark.parametrize("entry", BODIES, ids=name)
class TestEveryBody:
    def test_wrong_types_at_each_level_are_refused_or_ignored(self, tenant: Tenant, sensor: str, entry: Entry) -> None:
        path = {"tuid": sensor, "groupid": tenant.group("target")}
        good = _short(example(entry, "body"))
        for body in [*(body for put in ODD for body in variants(good, put)), *without_members(good)]:
            status = status_of(tenant, entry, path, json.dumps(body))
            assert status in (200, 400, 401, 404, 409, 429), (status, str(body)[:200])
            assert status != 200 or isinstance(body, type(good))

    def test_what_is_no_json_or_an_abyss_is_400_wherever_it_is(self, tenant: Tenant, sensor: str, entry: Entry) -> None:
        path = {"tuid": sensor, "groupid": tenant.group("target")}
        for text in NO_JSON:
            for body in variants(example(entry, "body"), MARK):
                document = json.dumps(body)
                if MARK in document:
                    assert status_of(tenant, entry, path, document.replace(f'"{MARK}"', text)) == 400, text[:20]


def test_what_is_taken_can_be_shown_again(tenant: Tenant, sensor: str) -> None:
    """A hundred levels, including the body's array and the message."""
    for number, (open, close) in enumerate((("[", "]"), ('{"a":', "}")), 1):
        for levels, status in ((98, 200), (99, 400)):
            body = f'[{{"tsmId":1500,"tsmEv":30,"x":{open * levels}1{close * levels}}}]'
            assert status_of(tenant, send, {"tuid": sensor}, body) == status, (open, levels)
        assert len(tenant.data(list_commands, tuid=sensor)) == number, open


def test_a_crowd_of_brackets_that_are_not_inside_each_other_is_taken(tenant: Tenant, sensor: str) -> None:
    assert len(tenant.data(send, [{"tsmId": 1500, "tsmEv": 30, "x": [[]] * 500, "y": "[" * 500}], tuid=sensor)["commands"]) == 1


def test_what_is_no_token_is_401(cloud: dict[str, str]) -> None:
    for token in ("\0", "ä" * 9, "=", "A" * 20_000, "AAAA", "..", "eyJhbGciOiJub25lIn0.e30."):
        refusal_message(call(list_groups, headers={"Authorization": f"Bearer {token}"}), 401, token)
