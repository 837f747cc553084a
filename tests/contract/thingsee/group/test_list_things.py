"""GET /groups/{groupid}/things (thingsee.md 6.4)."""

from __future__ import annotations

from functions.thingsee.group.list_things import handler as list_things
from functions.thingsee.group.set_of_thing import handler as set_group
from tests.contract.thingsee.tenant import Tenant, refusal_message


def test_shows_all_ascending(tenant: Tenant, sensor: str, heard_sensor: str, gateway: str) -> None:
    first = tenant.things.sensor("TSAA04A1B2C3D4E05")
    things = sorted([first, sensor, heard_sensor, gateway])
    tenant.group("hall")
    assert tenant.data(list_things, groupid="hall") == {"group_id": "hall", "tuids": []}
    assert tenant.data(list_things, groupid="unassigned") == {"group_id": "unassigned", "tuids": things}
    for tuid in (gateway, heard_sensor, sensor, first):
        tenant.data(set_group, {"group_id": "hall"}, tuid=tuid)
    assert tenant.data(list_things, groupid="hall") == {"group_id": "hall", "tuids": things}
    assert tenant.members("unassigned") == []


def test_an_unknown_group_and_another_tenants_are_404(tenant: Tenant) -> None:
    for name in ("nobody", "Unassigned", "a b", ".", "ä", "x" * 2000, "\0", "a%2Fb", "theirs"):
        refusal_message(tenant.ask(list_things, groupid=name), 404, name)
