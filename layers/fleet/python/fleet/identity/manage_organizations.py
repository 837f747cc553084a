"""Manages organizations: renames, disables, enables and deletes them.

Whether an organization is active is copied to its API keys, its clients and the memberships of its users, so that no request has to
read it. Disabling and enabling are over when all copies are right, and can be repeated when they were interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

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
from fleet.tenancy.audit import Audit
from fleet.tenancy.audit_entry import Action, AuditEntry
from fleet.tenancy.organization import Organization
from fleet.tenancy.organizations import STANDING, Organizations

Credential = TypeVar("Credential", bound=ApiKey | Client)


@uses(fetch, Organizations.ids)
def list_organizations(reach: Reach) -> Sequence[Organization]:
    """All organizations but the shared one, oldest first. For callers whose reach is everything."""
    ids = [id for id in Organizations.ids(reach) if id != SHARED]
    found = fetch(reach, every({id: Organizations.by_id(id).optional() for id in ids}))
    return [organization for organization in found.values() if organization]


@uses(retrying, Organizations.change_writes)
def rename(reach: Reach, id: str, name: str) -> Organization:
    """Give an organization another name; its slug stays."""

    def store(before: Organization) -> Organization:
        if before.name == name:
            return before
        after = before.next(name=name)
        transact(Organizations.change_writes(reach, before, after))
        return after

    return retrying(reach, _tenant(id), store)


def _tenant(id: str) -> Read[Organization]:
    """An organization that is not the shared one."""
    return Organizations.by_id(id if id != SHARED else "")


@uses(retrying, Organizations.change_writes, Audit.entry_writes)
def _set_active(reach: Reach, id: str, active: bool, actor: str, now: datetime) -> Organization:
    reach.demand_change(None, "Organization")  # its members may be superusers, or in other organizations
    action: Action = "organization.enabled" if active else "organization.disabled"

    def store(before: Organization) -> Organization:
        if before.active is active:
            return before
        after, entry = before.next(active=active), AuditEntry(organization=id, at=now, actor=actor, action=action)
        transact([*Organizations.change_writes(reach, before, after), *Audit.entry_writes(reach, entry)])
        return after

    return retrying(reach, _tenant(id), store)


@uses(_set_active, ApiKeys.of_organization, ApiKeys.change_writes, Clients.of_organization, Clients.store_writes, manage_users.change)
def set_active(reach: Reach, id: str, active: bool, actor: str, now: datetime) -> Organization:
    """Disable an organization, so that its keys, clients and members are refused from the next request on, or enable it again.

    For callers whose reach is everything: others do not change all of its members.
    Conflict when somebody does the opposite at the same time. Repeat it after any failure: what is done already is left as it is.
    """
    organization = _set_active(reach, id, active, actor, now)
    try:
        for key in list(ApiKeys.of_organization(reach, id)):
            found = ApiKeys.by_id(id, key.id).optional()
            _copy(reach, found, active, lambda key: ApiKeys.change_writes(reach, key, key.next(organization_active=active)))
        for client in list(Clients.of_organization(reach, id)):
            _copy(reach, Clients.by_id(client), active, lambda client: Clients.store_writes(reach, client.next(organization_active=active)))
        for user in list(Users.members(reach, id)):
            with suppress(NotFound):  # deleted meanwhile
                manage_users.change(reach, user, lambda user: _member(user, id, active))
    except Refused as refused:
        if STANDING in refused.failed:
            raise Conflict("The organization was enabled or disabled by someone else meanwhile: repeat the command") from None
        raise
    return organization


def _member(user: User, organization: str, active: bool) -> User:
    membership = user.membership(organization)
    if membership is None or membership.organization_active is active:
        return user
    return user.member(membership.changed(organization_active=active))


@uses(retrying, Organizations.standing_checks)
def _copy(reach: Reach, read: Read[Credential | None], active: bool, writes: Callable[[Credential], Sequence[Write]]) -> None:
    """Copy to a key or a client, unless it is deleted meanwhile, whether its organization is active."""

    def store(before: Credential | None) -> None:
        if before is not None and before.organization_active is not active:
            checks = Organizations.standing_checks(reach, before.organization, active)
            transact([*writes(before), *checks])

    retrying(reach, read, store, on={api_keys.CHANGED, clients.CHANGED})


@uses(fetch, Organizations.contents, Organizations.delete)
def delete(reach: Reach, id: str) -> None:
    """Delete an organization that is disabled and has nothing left; Conflict says what to do first. Its audit log stays."""
    organization = fetch(reach, _tenant(id))
    if organization.active:
        raise Conflict("The organization is active: disable it first, so that nothing is added to it")
    if left := Organizations.contents(reach, id):
        raise Conflict(f"The organization still has {', '.join(left)}: delete them first")
    Organizations.delete(reach, organization)
