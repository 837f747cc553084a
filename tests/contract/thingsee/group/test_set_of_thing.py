"""POST /things/{tuid}/group, and what happens when others change thing or group at the same time (thingsee.md 5.4)."""

from __future__ import annotations

from typing import Any

from fleet.aws import clients
from functions.thingsee.group.delete import handler as delete
from functions.thingsee.group.get_of_thing import handler as get_group
from functions.thingsee.group.rename import handler as rename
from functions.thingsee.group.set_of_thing import handler as set_group
from tests.contract.thingsee.tenant import UNKNOWN, Tenant, refusal_message
from tests.harness.interference import before_first_request


def move(tenant: Tenant, tuid: str, name: str) -> Any:
    return tenant.data(set_group, {"group_id": name}, tuid=tuid)


def group_of(tenant: Tenant, tuid: str) -> str:
    return str(tenant.data(get_group, tuid=tuid)["group_id"])


def test_a_thing_is_in_one_group(tenant: Tenant, sensor: str, heard_sensor: str, gateway: str) -> None:
    for name in ("a", "b"):
        tenant.group(name)
        assert move(tenant, sensor, name) == {"group_id": name, "tuid": sensor}
        assert group_of(tenant, sensor) == name
    assert [tenant.members(name) for name in ("a", "b", "unassigned")] == [[], [sensor], sorted([heard_sensor, gateway])]


def test_answers_the_group_that_was_set(tenant: Tenant, sensor: str) -> None:
    """The vendor's sample sends `testgroup1` and prints `testgroup`."""
    for name in ("testgroup", "testgroup1"):
        tenant.group(name)
    for name in ("testgroup1", "testgroup", "unassigned", "testgroup1"):
        assert move(tenant, sensor, name) == {"group_id": name, "tuid": sensor}
        assert group_of(tenant, sensor) == name


def test_setting_it_again_changes_nothing(tenant: Tenant, sensor: str) -> None:
    tenant.group("a")
    for _ in range(2):
        assert move(tenant, sensor, "a") == {"group_id": "a", "tuid": sensor}
    move(tenant, sensor, "unassigned")
    assert tenant.data(delete, groupid="a")["deleted"] is True


def test_a_thing_may_be_put_back(tenant: Tenant, sensor: str) -> None:
    tenant.group("a")
    move(tenant, sensor, "a")
    assert move(tenant, sensor, "unassigned") == {"group_id": "unassigned", "tuid": sensor}  # T21
    assert sensor in tenant.members("unassigned")


def test_the_installation_stays(tenant: Tenant, sensor: str) -> None:
    tenant.things.install(sensor, "installed")
    tenant.group("a")
    move(tenant, sensor, "a")
    assert tenant.things.thing(sensor).status == "installed"


def test_an_unknown_group_and_another_tenants_are_404(tenant: Tenant, sensor: str) -> None:
    for name in ("nobody", "a b", "", "Unassigned", ".", "ä" * 3000, "theirs"):
        refusal_message(tenant.ask(set_group, {"group_id": name}, tuid=sensor), 404, name)


def test_a_bad_body_is_400_before_the_thing_is_looked_for(tenant: Tenant) -> None:
    for body in ({}, {"group_id": None}, {"group_id": 7}, {"group_id": ["a"]}):
        refusal_message(tenant.ask(set_group, body, tuid=UNKNOWN), 400, body)


def test_an_unknown_thing_and_another_tenants_are_404(tenant: Tenant, other_sensor: str) -> None:
    for tuid in (UNKNOWN, "tspd04a1b2c3d4e05", "-", "TSPD 4", "X" * 33, "X" * 3000, "\0", other_sensor):
        refusal_message(tenant.ask(set_group, {"group_id": "unassigned"}, tuid=tuid), 404, tuid)  # T28


class TestAtOnce:
    def test_two_moves_leave_it_in_one_group(self, tenant: Tenant, sensor: str) -> None:
        for name in ("a", "b"):
            tenant.group(name)
        with before_first_request("TransactWriteItems", lambda: move(tenant, sensor, "b")):
            assert move(tenant, sensor, "a")["group_id"] == "a"
        assert [tenant.members(name) for name in ("a", "b")] == [[sensor], []]
        assert sensor not in tenant.members("unassigned")
        assert tenant.data(delete, groupid="b")["deleted"] is True
        refusal_message(tenant.ask(delete, groupid="a"), 409)

    def test_a_move_into_a_group_that_is_deleted_is_404(self, tenant: Tenant, sensor: str) -> None:
        tenant.group("a")
        with before_first_request("TransactWriteItems", lambda: tenant.data(delete, groupid="a")):
            refusal_message(tenant.ask(set_group, {"group_id": "a"}, tuid=sensor), 404)
        assert group_of(tenant, sensor) == "unassigned"

    def test_a_renamed_group_still_takes_the_thing(self, tenant: Tenant, sensor: str) -> None:
        tenant.group("a")
        with before_first_request("TransactWriteItems", lambda: tenant.data(rename, {"group_id": "b"}, groupid="a")):
            move(tenant, sensor, "a")
        assert group_of(tenant, sensor) == "b"

    def test_who_meets_others_again_and_again_is_told_to_come_back(self, tenant: Tenant, sensor: str) -> None:
        for name in ("a", "b"):
            tenant.group(name)
        inside: list[bool] = []

        def first(**_: Any) -> None:
            if not inside:
                inside.append(True)
                move(tenant, sensor, "b" if group_of(tenant, sensor) == "unassigned" else "unassigned")
                inside.clear()

        events = clients.dynamodb().meta.events
        events.register("before-call.dynamodb.TransactWriteItems", first)
        try:
            answer = tenant.ask(set_group, {"group_id": "a"}, tuid=sensor)
        finally:
            events.unregister("before-call.dynamodb.TransactWriteItems", first)
        refusal_message(answer, 429)
        assert answer.headers["Retry-After"] == "1"
        assert tenant.members("a") == []
