"""A group's id is the same however its accents are composed (thingsee.md 1.3)."""

from __future__ import annotations

from datetime import UTC, datetime

from functions.thingsee.group.create import handler as create
from functions.thingsee.group.delete import handler as delete
from functions.thingsee.group.get_of_thing import handler as get_group
from functions.thingsee.group.list import handler as list_groups
from functions.thingsee.group.list_things import handler as list_things
from functions.thingsee.group.rename import handler as rename
from functions.thingsee.group.set_of_thing import handler as set_group
from tests.contract.thingsee.group.names import APART, COMPOSED, list_group_ids
from tests.contract.thingsee.tenant import Tenant, refusal_message
from tests.workers.thing_messages import message, messages_of, relay


def test_it_is_stored_and_shown_composed(tenant: Tenant, sensor: str, gateway: str) -> None:
    assert tenant.data(create, {"group_id": APART}) == {"group_id": COMPOSED, "group_description": ""}
    assert list_group_ids(tenant) == [COMPOSED, "unassigned"]
    assert tenant.data(set_group, {"group_id": APART}, tuid=sensor) == {"group_id": COMPOSED, "tuid": sensor}
    assert tenant.data(get_group, tuid=sensor) == {"group_id": COMPOSED, "tuid": sensor}
    now = datetime.now(UTC)
    relay(tenant.things, gateway, message(sensor, ts=now.timestamp()), received=now)
    assert messages_of(tenant.things, sensor)[0]["deploymentGroupId"] == COMPOSED


def test_paths_and_bodies_find_it_either_way(tenant: Tenant, sensor: str) -> None:
    tenant.group(COMPOSED)
    for name in (APART, COMPOSED):
        refusal_message(tenant.ask(create, {"group_id": name}), 409)
        tenant.data(set_group, {"group_id": name}, tuid=sensor)
        assert tenant.data(list_things, groupid=name) == {"group_id": COMPOSED, "tuids": [sensor]}
        assert tenant.data(rename, {"group_id": name}, groupid=name) == {"group_id": COMPOSED, "old": COMPOSED, "renamed": False}
    tenant.data(set_group, {"group_id": "unassigned"}, tuid=sensor)
    assert tenant.data(rename, {"group_id": "a"}, groupid=APART) == {"group_id": "a", "old": COMPOSED, "renamed": True}
    assert tenant.data(rename, {"group_id": APART}, groupid="a") == {"group_id": COMPOSED, "old": "a", "renamed": True}
    assert tenant.data(delete, groupid=APART) == {"group_id": COMPOSED, "deleted": True}


def test_a_rename_to_one_that_is_taken_is_409(tenant: Tenant) -> None:
    for name in (COMPOSED, "a"):
        tenant.group(name)
    refusal_message(tenant.ask(rename, {"group_id": APART}, groupid="a"), 409)


def test_a_search_finds_it_either_way(tenant: Tenant) -> None:
    tenant.group(COMPOSED)
    tenant.group("described", f"next to the {APART}")
    for text in (COMPOSED, APART, COMPOSED.upper(), "cafe\u0301", "caf\u00e9"):
        assert list_group_ids(tenant, q=text) == [COMPOSED, "described"], text
    assert list_group_ids(tenant, q="e\u0301" * 64) == []
    refusal_message(tenant.ask(list_groups, query={"q": "e\u0301" * 65}), 400)


def test_its_length_is_that_of_what_is_stored(tenant: Tenant) -> None:
    assert tenant.data(create, {"group_id": "\u03b1\u0313\u0300\u0345" * 64})["group_id"] == "\u1f82" * 64
    refusal_message(tenant.ask(create, {"group_id": "\u0958" * 33}), 400)
