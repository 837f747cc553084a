"""Concurrent reuse of a group's name while the group is renamed or deleted (thingsee.md 6)."""

from __future__ import annotations

from functions.thingsee.group.create import handler as create
from functions.thingsee.group.delete import handler as delete
from functions.thingsee.group.list import handler as list_groups
from functions.thingsee.group.rename import handler as rename
from tests.contract.thingsee.tenant import Tenant, refusal_message
from tests.harness.interference import TRANSACTION, before_first_request


def groups(tenant: Tenant) -> dict[str, str]:
    """The descriptions of all groups except the built-in one, by name."""
    list_group_ids = tenant.data(list_groups)
    return {group["group_id"]: group["group_description"] for group in list_group_ids if group["group_id"] != "unassigned"}


def replace_hall(tenant: Tenant) -> None:
    """Rename the group `hall` and create a new one of that name."""
    tenant.data(rename, {"group_id": "hall-1"}, groupid="hall")
    tenant.data(create, {"group_id": "hall", "group_description": "second"})


def test_the_one_that_took_the_name_is_not_deleted_for_it(tenant: Tenant) -> None:
    tenant.group("hall", "first")
    with before_first_request(TRANSACTION, lambda: replace_hall(tenant)):
        refusal_message(tenant.ask(delete, groupid="hall"), 404)
    assert groups(tenant) == {"hall-1": "first", "hall": "second"}


def test_the_one_that_took_the_name_is_not_renamed_for_it(tenant: Tenant) -> None:
    tenant.group("hall", "first")
    with before_first_request(TRANSACTION, lambda: replace_hall(tenant)):
        refusal_message(tenant.ask(rename, {"group_id": "lobby"}, groupid="hall"), 404)
    assert groups(tenant) == {"hall-1": "first", "hall": "second"}


def test_one_that_is_deleted_meanwhile_is_not_found(tenant: Tenant) -> None:
    tenant.group("hall")
    with before_first_request(TRANSACTION, lambda: tenant.data(delete, groupid="hall")):
        refusal_message(tenant.ask(rename, {"group_id": "lobby"}, groupid="hall"), 404)
    assert groups(tenant) == {}
