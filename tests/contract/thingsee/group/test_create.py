"""POST /groups (thingsee.md 6.1)."""

from __future__ import annotations

import json
import time
import unicodedata
from typing import Any

from functions.thingsee.group.create import handler as create
from functions.thingsee.group.delete import handler as delete
from functions.thingsee.group.get_of_thing import handler as get_group
from functions.thingsee.group.list import handler as list_groups
from functions.thingsee.group.rename import handler as rename
from functions.thingsee.group.set_of_thing import handler as set_group
from tests.contract.thingsee.group.names import BAD, GOOD, list_group_ids
from tests.contract.thingsee.tenant import Tenant, refusal_message
from tests.harness.interference import before_first_request


def test_shows_the_new_group(tenant: Tenant) -> None:
    sent = {"group_id": "prfi00lobby", "group_description": "Lobby, ground floor"}
    assert tenant.data(create, sent) == sent


def test_a_description_may_be_left_out(tenant: Tenant) -> None:
    left_out: list[dict[str, Any]] = [{}, {"group_description": ""}, {"group_description": None}]
    for number, given in enumerate(left_out):
        name = f"group{number}"
        assert tenant.data(create, {"group_id": name, **given}) == {"group_id": name, "group_description": ""}


def test_a_good_id_is_taken_and_a_bad_one_is_400(tenant: Tenant) -> None:
    good = {unicodedata.normalize("NFC", name) for name in GOOD}
    for name in GOOD:
        assert tenant.data(create, {"group_id": name})["group_id"] in good, name
    for name in BAD:
        refusal_message(tenant.ask(create, {"group_id": name}), 400, name)
    refusal_message(tenant.ask(create, {}), 400)
    assert set(list_group_ids(tenant)) == {*good, "unassigned"}


def test_every_route_finds_a_good_id(tenant: Tenant, sensor: str) -> None:
    for name in GOOD:
        tenant.group(name)
        assert tenant.data(set_group, {"group_id": name}, tuid=sensor)["group_id"] == tenant.data(get_group, tuid=sensor)["group_id"]
        assert tenant.members(name) == [sensor], name
        assert tenant.data(rename, {"group_id": "other"}, groupid=name)["renamed"] is True
        assert tenant.data(rename, {"group_id": name}, groupid="other")["renamed"] is True
        tenant.data(set_group, {"group_id": "unassigned"}, tuid=sensor)
        assert tenant.data(delete, groupid=name)["deleted"] is True


def test_a_long_text_of_accents_takes_no_longer_than_another(tenant: Tenant, sensor: str) -> None:
    """To put it into NFC takes time that grows with the square of its length: a hundred times as long for these."""

    def seconds(name: str) -> float:
        body = json.dumps({"group_id": name}, ensure_ascii=False).encode()
        started = time.process_time()
        assert "must have 1 to 64 characters" in refusal_message(tenant.ask(create, body), 400)
        refusal_message(tenant.ask(set_group, body, tuid=sensor), 404)
        return time.process_time() - started

    plain = min(seconds("ab" * 30_000) for _ in range(3))
    assert min(seconds("\u0315\u0300" * 30_000) for _ in range(3)) < 10 * plain


def test_a_description_has_at_most_256_characters_of_any_kind(tenant: Tenant) -> None:
    text = ' "ä\n\t ' + "ö" * 250
    assert tenant.data(create, {"group_id": "described", "group_description": text})["group_description"] == text
    for bad in ("ö" * 257, 7, ["a"]):
        refusal_message(tenant.ask(create, {"group_id": "bad", "group_description": bad}), 400, bad)


def test_an_id_is_taken_once(tenant: Tenant) -> None:
    tenant.group("twice", "first")
    refusal_message(tenant.ask(create, {"group_id": "twice", "group_description": "second"}), 409)  # T20
    assert {"group_id": "twice", "group_description": "first"} in tenant.data(list_groups)


def test_ids_differ_by_case(tenant: Tenant) -> None:
    tenant.group("Case")
    tenant.group("case")
    assert list_group_ids(tenant) == ["Case", "case", "unassigned"]


def test_another_tenant_may_use_the_id(tenant: Tenant) -> None:
    assert tenant.group("theirs") == "theirs"


def test_an_id_that_another_group_gets_meanwhile_is_409(tenant: Tenant) -> None:
    tenant.group("a")
    with before_first_request("TransactWriteItems", lambda: tenant.data(rename, {"group_id": "c"}, groupid="a")):
        refusal_message(tenant.ask(create, {"group_id": "c"}), 409)
    assert list_group_ids(tenant) == ["c", "unassigned"]
