"""GET /things/{tuid}/group (thingsee.md 5.3)."""

from __future__ import annotations

from functions.thingsee.group.delete import handler as delete
from functions.thingsee.group.get_of_thing import handler as get_group
from functions.thingsee.group.set_of_thing import handler as set_group
from tests.contract.thingsee.tenant import UNKNOWN, Tenant, refusal_message
from tests.harness.interference import before_first_request


def test_a_new_thing_is_unassigned(tenant: Tenant, sensor: str, gateway: str) -> None:
    for tuid in (sensor, gateway):
        assert tenant.data(get_group, tuid=tuid) == {"group_id": "unassigned", "tuid": tuid}


def test_shows_the_group(tenant: Tenant, sensor: str) -> None:
    tenant.things.move(sensor, tenant.group("prfi00lobby"))
    assert tenant.data(get_group, tuid=sensor) == {"group_id": "prfi00lobby", "tuid": sensor}


def test_an_unknown_thing_and_another_tenants_are_404(tenant: Tenant, other_sensor: str) -> None:
    for tuid in (UNKNOWN, "tspd04a1b2c3d4e05", "-", "TSPD 4", "X" * 33, "X" * 3000, "\0", other_sensor):
        refusal_message(tenant.ask(get_group, tuid=tuid), 404, tuid)  # T28


def test_a_thing_that_leaves_a_group_which_is_deleted_meanwhile_is_found_in_its_new_one(tenant: Tenant, sensor: str) -> None:
    for name in ("a", "b"):
        tenant.group(name)
    tenant.data(set_group, {"group_id": "a"}, tuid=sensor)

    def move_and_delete() -> None:
        tenant.data(set_group, {"group_id": "b"}, tuid=sensor)
        tenant.data(delete, groupid="a")

    with before_first_request("BatchGetItem", move_and_delete, after=1):
        assert tenant.data(get_group, tuid=sensor)["group_id"] == "b"
