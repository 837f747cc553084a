"""Manages organizations: renames, disables, enables and deletes them, and changes their plans.

Whether an organization is active is copied to its API keys, clients and access tokens and to the memberships of its users, and
whether its plan comes with the API to its API keys, so that no request has to read it. A change is over when all copies are right, and
can be repeated when it was interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from fleet.access import SHARED, Reach
from fleet.aws.reads import Read, every, fetch
from fleet.aws.retrying import retrying
from fleet.aws.writes import Refused, Write, transact
from fleet.errors import Conflict, NotFound
from fleet.grants import uses
from fleet.identity import api_keys, clients, manage_users
from fleet.identity.api_key import ApiKey
from fleet.identity.api_keys import ApiKeys
from fleet.identity.client import Client
from fleet.identity.clients import Clients
from fleet.identity.user import User
from fleet.identity.users import Users
from fleet.registry.devices import Devices
from fleet.tenancy.audit import Audit
from fleet.tenancy.audit_entry import Action, AuditEntry, Author
from fleet.tenancy.organization import Organization, Plan
from fleet.tenancy.organizations import STANDING, Organizations
from fleet.tokens import access_tokens
from fleet.tokens.access_token import AccessToken
from fleet.tokens.access_tokens import AccessTokens

Credential = TypeVar("Credential", bound=ApiKey | Client | AccessToken)


@uses(Organizations.ids, Organizations.by_id)
def list_organizations(reach: Reach) -> Sequence[Organization]:
    """All organizations but the shared one, oldest first. For callers whose reach is everything."""
    ids = [id for id in Organizations.ids(reach) if id != SHARED]
    found = fetch(reach, every({id: Organizations.by_id(id).optional() for id in ids}))
    return [organization for organization in found.values() if organization]


@uses(Organizations.by_id)
def _tenant(id: str) -> Read[Organization]:
    """An organization that is not the shared one."""
    return Organizations.by_id(id if id != SHARED else "")


@uses(_tenant, Organizations.change_writes, Audit.entry_writes)
def _change(reach: Reach, id: str, fields: Mapping[str, Any], entry: AuditEntry | None) -> Organization:
    """Store an organization with these fields and the entry about that, unless it has them already."""

    def store(before: Organization) -> Organization:
        after = before.next(**fields)
        if after == before.next():
            return before
        transact([*Organizations.change_writes(reach, before, after), *(Audit.entry_writes(reach, entry) if entry else [])])
        return after

    return retrying(reach, _tenant(id), store)


@uses(_change)
def rename(reach: Reach, id: str, name: str) -> Organization:
    """Give an organization another name; its slug stays."""
    return _change(reach, id, {"name": name}, None)


@uses(Organizations.standing_checks)
def _copy(reach: Reach, read: Read[Credential | None], fields: Mapping[str, bool], writes: Callable[[Credential], Sequence[Write]]) -> None:
    """Copy these fields of the organization to a key, a client or a token, unless it is deleted meanwhile. Conflict when the organization
    has others by now.
    """
    expected = {name: fields.get(field) for name, field in (("active", "organization_active"), ("api_access", "api_access"))}

    def store(before: Credential | None) -> None:
        if before is not None and any(getattr(before, name) is not value for name, value in fields.items()):
            transact([*writes(before), *Organizations.standing_checks(reach, before.organization, **expected)])

    try:
        retrying(reach, read, store, on={api_keys.CHANGED, clients.CHANGED, access_tokens.CHANGED})
    except Refused as refused:
        if STANDING in refused.failed:
            raise _changed_meanwhile() from None
        raise


def _changed_meanwhile() -> Conflict:
    return Conflict("The organization was enabled, disabled or given another plan by someone else meanwhile: repeat the command")


@uses(_copy, ApiKeys.of_organization, ApiKeys.by_id, ApiKeys.change_writes)
def _copy_to_keys(reach: Reach, id: str, fields: Mapping[str, bool]) -> None:
    """Copy these fields of the organization to all of its keys."""
    for key in list(ApiKeys.of_organization(reach, id)):
        found = ApiKeys.by_id(id, key.id).optional()
        _copy(reach, found, fields, lambda key: ApiKeys.change_writes(reach, key, key.next(**fields)))


@uses(_change, _copy_to_keys)
def set_plan(reach: Reach, id: str, plan: Plan, by: Author) -> Organization:
    """Give an organization another plan. Its keys are refused from the next request on where that comes without the API, and good again
    where it comes with it. Conflict and repetition as in `set_active`.
    """
    organization = _change(reach, id, {"plan": plan}, by.entry("organization.plan_changed", organization=id, fields=("plan",)))
    _copy_to_keys(reach, id, {"api_access": organization.api_access})
    return organization


@uses(_change, _copy, _copy_to_keys)
@uses(Clients.of_organization, Clients.by_id, Clients.store_writes, manage_users.change)
@uses(AccessTokens.of_organization, AccessTokens.by_id, AccessTokens.store_writes)
def set_active(reach: Reach, id: str, active: bool, by: Author) -> Organization:
    """Disable an organization, so that its keys, clients, tokens and members are refused from the next request on, or enable it again.

    For callers whose reach is everything: others do not change all of its members.
    Conflict when somebody does the opposite at the same time. Repeat it after any failure: what is done already is left as it is.
    """
    reach.demand_change(None, "Organization")  # its members may be superusers, or in other organizations
    action: Action = "organization.enabled" if active else "organization.disabled"
    organization = _change(reach, id, {"active": active}, by.entry(action, organization=id))
    fields = {"organization_active": active}
    _copy_to_keys(reach, id, fields)
    for client in list(Clients.of_organization(reach, id)):
        _copy(reach, Clients.by_id(client), fields, lambda client: Clients.store_writes(reach, client.next(**fields)))
    for token in list(AccessTokens.of_organization(reach, id)):
        _copy(reach, AccessTokens.by_id(token), fields, lambda token: AccessTokens.store_writes(reach, token.next(**fields)))
    for user in list(Users.members(reach, id)):
        with suppress(NotFound):  # deleted meanwhile
            manage_users.change(reach, user, lambda user: _member(user, id, active))
    return organization


def _member(user: User, organization: str, active: bool) -> User:
    membership = user.membership(organization)
    if membership is None or membership.organization_active is active:
        return user
    return user.member(membership.changed(organization_active=active))


@uses(_tenant, Devices.page, Devices.forget_directories, Organizations.contents, Organizations.delete)
def delete(reach: Reach, id: str) -> None:
    """Delete an organization that is disabled and has nothing left; Conflict says what to do first. Its audit log stays."""
    organization = fetch(reach, _tenant(id))
    if organization.active:
        raise Conflict("The organization is active: disable it first, so that nothing is added to it")
    listed = {"devices": Devices.page(reach, id, 0, 0).total, "deleted devices": Devices.page(reach, id, 0, 0, deleted=True).total}
    if left := list(dict.fromkeys([*(kind for kind, total in listed.items() if total), *Organizations.contents(reach, id)])):
        raise Conflict(f"The organization still has {', '.join(left)}: delete them first")
    Devices.forget_directories(reach, id)
    Organizations.delete(reach, organization)
