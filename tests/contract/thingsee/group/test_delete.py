"""DELETE /groups/{groupid} (thingsee.md 6.5)."""

from __future__ import annotations

from functions.thingsee.group.create import handler as create
from functions.thingsee.group.delete import handler as delete
from functions.thingsee.group.rename import handler as rename
from functions.thingsee.group.set_of_thing import handler as set_group
from tests.contract.thingsee.group.names import list_group_ids
from tests.contract.thingsee.tenant import Tenant, refusal_message
from tests.harness.interference import before_first_request


def test_an_empty_one_is_deleted_once_and_its_id_is_free(tenant: Tenant) -> None:
    tenant.group("gone", "before")
    assert tenant.data(delete, groupid="gone") == {"group_id": "gone", "deleted": True}
    assert list_group_ids(tenant) == ["unassigned"]
    refusal_message(tenant.ask(delete, groupid="gone"), 404)
    assert tenant.data(create, {"group_id": "gone"}) == {"group_id": "gone", "group_description": ""}


def test_one_with_things_is_409_until_they_are_moved(tenant: Tenant, sensor: str) -> None:
    tenant.group("full")
    tenant.data(set_group, {"group_id": "full"}, tuid=sensor)
    refusal_message(tenant.ask(delete, groupid="full"), 409)  # T18
    tenant.data(rename, {"group_id": "fuller"}, groupid="full")
    refusal_message(tenant.ask(delete, groupid="fuller"), 409)
    tenant.data(set_group, {"group_id": "unassigned"}, tuid=sensor)
    assert tenant.data(delete, groupid="fuller")["deleted"] is True


def test_the_built_in_one_is_400(tenant: Tenant) -> None:
    refusal_message(tenant.ask(delete, groupid="unassigned"), 400)


def test_another_tenants_is_404(tenant: Tenant, other_tenant: Tenant) -> None:
    other_tenant.group("empty")
    for name in ("theirs", "empty"):
        refusal_message(tenant.ask(delete, groupid=name), 404, name)
    assert list_group_ids(other_tenant) == ["empty", "theirs", "unassigned"]


def test_one_that_gets_a_thing_meanwhile_is_409(tenant: Tenant, sensor: str) -> None:
    tenant.group("a")
    with before_first_request("TransactWriteItems", lambda: tenant.data(set_group, {"group_id": "a"}, tuid=sensor)):
        refusal_message(tenant.ask(delete, groupid="a"), 409)
    assert tenant.members("a") == [sensor]
