"""Users of several organizations, and those who are no longer let in (wisdm.md 10.1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.access import EVERYWHERE
from fleet.aws.writes import transact
from fleet.errors import Conflict, TooMany
from fleet.identity import manage_organizations, manage_users, sign_in
from fleet.identity.sign_in import Proof
from fleet.identity.user import Membership
from fleet.identity.users import Users
from fleet.tenancy.organization import Organization
from tests.contract.wisdm.answers import refusal_message
from tests.contract.wisdm.console import READER, WRONG, Console, works
from tests.contract.wisdm.tenant import Tenant
from tests.harness.call import SOURCE
from tests.harness.interference import before_next_transaction
from tests.harness.people import OPERATOR
from tests.workers.messages import NOW

CHANGES: list[Callable[[Console, str], int]] = [
    lambda console, id: console.keys().status,
    lambda console, id: console.get(id).status,
    lambda console, id: console.create().status,
    lambda console, id: console.create({"name": ""}).status,
    lambda console, id: console.edit(id, enabled=False).status,
    lambda console, id: console.regenerate(id).status,
    lambda console, id: console.delete(id).status,
]
"""The status of every route of keys, and of a malformed body."""


def statuses(console: Console, id: str) -> set[int]:
    return {route(console, id) for route in CHANGES}


def disable(organization: Organization) -> None:
    manage_organizations.set_active(EVERYWHERE, organization.id, False, OPERATOR)


def enable(organization: Organization) -> None:
    manage_organizations.set_active(EVERYWHERE, organization.id, True, OPERATOR)


@pytest.fixture
def member(tenant: Tenant, other_tenant: Tenant) -> Console:
    """The console of a manager of one organization who is a plain member of another."""
    return Console.open(tenant.fleet, tenant=tenant, member_of=[other_tenant.organization])


def test_a_manager_of_one_is_no_administrator_where_they_are_a_member(member: Console, other_tenant: Tenant) -> None:
    theirs = member.fleet.api_key(other_tenant.organization)[0].id
    assert statuses(member.at_organization_of(other_tenant), theirs) == {403}
    assert statuses(member.at_organization_of(other_tenant), "6920f1aa-0c3d-8e4f-8000-000a1b2c3d4e") == {403}
    assert member.created_key()["name"] == "billing export"


def test_an_organization_that_they_are_not_in_is_not_found(member: Console) -> None:
    third = Tenant.of(member.fleet)
    assert statuses(member.at_organization_of(third), member.fleet.api_key(third.organization)[0].id) == {400, 404}


def test_a_key_is_found_under_its_own_organization_only(tenant: Tenant, other_tenant: Tenant) -> None:
    console = Console.open(tenant.fleet, tenant=tenant)
    manage_users.join(EVERYWHERE, console.console_user.user.id, Membership(organization=other_tenant.organization.id, manager=True))
    here, there = console, console.at_organization_of(other_tenant)
    id = there.created_key(READER)["id"]
    assert [each.get(id).status for each in (here, there)] == [404, 200]
    assert [each.keys().json["total"] for each in (here, there)] == [1, 2]


def test_the_audit_log_is_that_of_the_keys_organization(tenant: Tenant, other_tenant: Tenant) -> None:
    console = Console.open(tenant.fleet, tenant=tenant)
    manage_users.join(EVERYWHERE, console.console_user.user.id, Membership(organization=other_tenant.organization.id, manager=True))
    there = console.at_organization_of(other_tenant)
    id = there.created_key(READER)["id"]
    there.edit(id, enabled=False)
    there.regenerate(id)
    there.regenerate(id, WRONG)
    there.delete(id)
    actions = ["api_key.created", "api_key.edited", "api_key.regenerated", "confirmation.failed", "api_key.deleted"]
    assert [entry.action for entry in there.audit()] == actions
    assert console.audit() == []


def test_a_superuser_manages_every_organization(tenant: Tenant, other_tenant: Tenant) -> None:
    console = Console.open(tenant.fleet, tenant=tenant, superuser=True, memberships=())
    for of in (console, console.at_organization_of(other_tenant)):
        assert of.created_key(READER)["name"] == "reader"
        assert [entry.action for entry in of.audit()] == ["api_key.created"]


def test_a_user_without_an_organization_is_not_let_in(tenant: Tenant) -> None:
    console = Console.open(tenant.fleet, tenant=tenant, memberships=())
    assert refusal_message(console.keys(), 401) == refusal_message(console.sign_in(), 401) == "Unauthorized"


def test_a_disabled_user_is_out_with_the_next_request(console: Console) -> None:
    id = console.console_user.user.id
    manage_users.disable(EVERYWHERE, id, OPERATOR)
    assert refusal_message(console.keys(), 401) == refusal_message(console.sign_in(), 401) == "Unauthorized"
    manage_users.enable(EVERYWHERE, id, OPERATOR)
    assert refusal_message(console.keys(), 401) == "Unauthorized"
    assert console.sign_in().status == 201


def test_a_deleted_user_is_out_with_the_next_request(console: Console) -> None:
    manage_users.delete(EVERYWHERE, console.console_user.user.id)
    assert refusal_message(console.keys(), 401) == refusal_message(console.sign_in(), 401) == "Unauthorized"


def test_a_disabled_organization_is_as_unknown_as_any(tenant: Tenant, other_tenant: Tenant) -> None:
    """To who is in another one too."""
    console = Console.open(tenant.fleet, tenant=tenant, member_of=[other_tenant.organization])
    managed = tenant.fleet.api_key(tenant.organization)[0].id
    manage_users.join(EVERYWHERE, console.console_user.user.id, Membership(organization=other_tenant.organization.id, manager=True))
    disable(tenant.organization)
    assert statuses(console, managed) == {400, 404}
    assert console.at_organization_of(other_tenant).keys().status == 200
    enable(tenant.organization)
    assert console.get(managed).status == 200


def test_nobody_signs_in_to_a_disabled_organization(console: Console) -> None:
    disable(console.organization)
    assert refusal_message(console.keys(), 401) == refusal_message(console.sign_in(), 401) == "Unauthorized"
    enable(console.organization)
    assert console.sign_in().status == 201


def test_the_keys_of_a_disabled_organization_are_refused(console: Console, other_tenant: Tenant) -> None:
    keys = [console.key, console.created_key()["key"]]
    disable(console.organization)
    assert [works(key) for key in (*keys, other_tenant.key)] == [False, False, True]
    enable(console.organization)
    assert all(map(works, keys))


def test_no_key_is_made_while_the_organization_is_being_disabled(console: Console) -> None:
    before_next_transaction(lambda: disable(console.organization))
    assert refusal_message(console.create(), 404) == "Organization not found"
    enable(console.organization)
    assert console.keys().json["total"] == 1


def test_a_key_that_is_made_while_the_organization_is_enabled_works(console: Console) -> None:
    manage_users.change(EVERYWHERE, console.console_user.user.id, lambda user: user.next(superuser=True))
    disable(console.organization)
    before_next_transaction(lambda: enable(console.organization))
    assert works(console.created_key()["key"])


def test_a_key_that_is_changed_meanwhile_is_refused_too(console: Console) -> None:
    made = console.created_key()
    before_next_transaction(lambda: disable(console.organization))
    console.edit(made["id"], name="another name")
    assert not works(made["key"])


def test_nobody_joins_an_organization_that_is_being_disabled(console: Console, other_tenant: Tenant) -> None:
    before_next_transaction(lambda: disable(other_tenant.organization))
    with pytest.raises(Conflict, match="disabled, enabled or deleted meanwhile: repeat this"):
        manage_users.join(EVERYWHERE, console.console_user.user.id, Membership(organization=other_tenant.organization.id, manager=True))
    assert refusal_message(console.at_organization_of(other_tenant).keys(), 404)


def test_whoever_enables_meanwhile_leaves_no_half(console: Console) -> None:
    """The copies are made on condition that the organization is still as they say."""
    made = console.created_key()
    before_next_transaction(lambda: before_next_transaction(lambda: enable(console.organization)))
    with pytest.raises(Conflict, match="someone else"):
        disable(console.organization)
    assert works(made["key"])


def test_a_code_that_is_used_while_the_user_changes_stays_used(guarded_console: Console) -> None:
    code = guarded_console.console_user.code()
    before_next_transaction(lambda: guarded_console.sign_in(verificationCode=code))
    manage_users.rename(EVERYWHERE, guarded_console.console_user.user.id, "ada", "ada@example.com")
    assert guarded_console.sign_in(email="ada@example.com", verificationCode=code).status == 401


def test_this_api_takes_the_email_address_alone(tenant: Tenant) -> None:
    console = Console.open(tenant.fleet, tenant=tenant, username="ada@desk")
    assert refusal_message(console.sign_in(email="ada@desk"), 401) == "Unauthorized"
    assert console.sign_in().status == 201


def test_the_core_takes_a_username_in_any_case_too(tenant: Tenant) -> None:
    console = Console.open(tenant.fleet, tenant=tenant, username="Ada.Desk")
    token, _ = sign_in.sign_in("aDA.dESK", Proof(console.console_user.password), SOURCE, NOW)
    assert token.startswith("wds_")


def test_an_email_address_goes_before_a_username_of_somebody_else(tenant: Tenant) -> None:
    console = Console.open(tenant.fleet, tenant=tenant)
    other = Console.open(tenant.fleet, tenant=tenant, username=console.console_user.user.email)
    _, session = sign_in.sign_in(console.console_user.user.email, Proof(other.console_user.password), SOURCE, NOW)
    assert session.user == console.console_user.user.id


def test_the_failures_of_all_names_of_a_user_count_together(tenant: Tenant) -> None:
    console = Console.open(tenant.fleet, tenant=tenant, username="ada@desk")
    assert [console.sign_in(**WRONG).status for _ in range(5)] == [401] * 5
    with pytest.raises(TooMany, match="Too many failed tries"):
        sign_in.sign_in("ada@desk", Proof(console.console_user.password), SOURCE, NOW)


def test_nothing_of_a_deleted_user_is_left(console: Console) -> None:
    user = console.console_user.user
    manage_users.delete(EVERYWHERE, user.id)
    assert user.id not in Users.members(EVERYWHERE, console.organization.id)
    assert user.id not in Users.ids(EVERYWHERE)
    transact(Users.change_writes(EVERYWHERE, None, user))
    assert console.sign_in().status == 201
