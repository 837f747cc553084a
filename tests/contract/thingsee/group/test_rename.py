"""POST /groups/{groupid}/rename (thingsee.md 6.2)."""

from __future__ import annotations

from functions.thingsee.group.get_of_thing import handler as get_group
from functions.thingsee.group.list import handler as list_groups
from functions.thingsee.group.list_things import handler as list_things
from functions.thingsee.group.rename import handler as rename
from functions.thingsee.group.set_of_thing import handler as set_group
from tests.contract.thingsee.group.names import BAD, list_group_ids
from tests.contract.thingsee.tenant import Tenant, refusal_message
from tests.harness.interference import before_first_request
from tests.harness.meter import Meter


def test_things_and_description_go_along(tenant: Tenant, sensor: str) -> None:
    tenant.group("old", "Lobby")
    tenant.data(set_group, {"group_id": "old"}, tuid=sensor)
    assert tenant.data(rename, {"group_id": "new"}, groupid="old") == {"group_id": "new", "old": "old", "renamed": True}
    assert tenant.data(list_groups) == [
        {"group_id": "new", "group_description": "Lobby"},
        {"group_id": "unassigned", "group_description": ""},
    ]
    assert tenant.data(get_group, tuid=sensor)["group_id"] == "new"
    assert tenant.members("new") == [sensor]
    refusal_message(tenant.ask(list_things, groupid="old"), 404)


def test_the_same_id_changes_nothing(tenant: Tenant) -> None:
    tenant.group("same")
    assert tenant.data(rename, {"group_id": "same"}, groupid="same") == {"group_id": "same", "old": "same", "renamed": False}  # T19


def test_an_id_that_is_taken_is_409(tenant: Tenant) -> None:
    tenant.group("mine")
    tenant.group("taken")
    refusal_message(tenant.ask(rename, {"group_id": "taken"}, groupid="mine"), 409)
    assert list_group_ids(tenant) == ["mine", "taken", "unassigned"]


def test_a_bad_id_is_400_before_the_group_is_looked_for(tenant: Tenant) -> None:
    for name in BAD:
        refusal_message(tenant.ask(rename, {"group_id": name}, groupid="nobody"), 400, name)


def test_the_built_in_one_is_400_and_an_unknown_one_404(tenant: Tenant) -> None:
    refusal_message(tenant.ask(rename, {"group_id": "a"}, groupid="unassigned"), 400)
    for old, new in (("nobody", "a"), ("nobody", "nobody"), ("theirs", "mine")):
        refusal_message(tenant.ask(rename, {"group_id": new}, groupid=old), 404, old)


def test_an_id_that_is_free_again_can_be_used(tenant: Tenant) -> None:
    tenant.group("first")
    tenant.data(rename, {"group_id": "second"}, groupid="first")
    tenant.group("first")
    assert list_group_ids(tenant) == ["first", "second", "unassigned"]


def test_of_two_renames_at_once_one_holds(tenant: Tenant) -> None:
    tenant.group("a")
    with before_first_request("TransactWriteItems", lambda: tenant.data(rename, {"group_id": "b"}, groupid="a")):
        refusal_message(tenant.ask(rename, {"group_id": "c"}, groupid="a"), 404)
    assert tenant.members("b") == []


def test_an_id_that_is_created_meanwhile_is_409(tenant: Tenant) -> None:
    tenant.group("a")
    with before_first_request("TransactWriteItems", lambda: tenant.group("b")):
        refusal_message(tenant.ask(rename, {"group_id": "b"}, groupid="a"), 409)
    assert list_group_ids(tenant) == ["a", "b", "unassigned"]


def test_costs_the_same_however_many_things_there_are(tenant: Tenant) -> None:
    """Twenty things stand for thousands: no item that is read or written grows with their number."""
    costs = []
    for count in (1, 20):
        name = tenant.group(f"group{count:02d}")
        for _ in range(count):
            tenant.things.move(tenant.things.sensor(), name)
        with Meter() as meter:
            tenant.data(rename, {"group_id": f"named{count:02d}"}, groupid=name)
        costs.append((meter.requests, meter.reads, meter.writes))
    assert costs[0] == costs[1]
    assert len(tenant.members("named20")) == 20
