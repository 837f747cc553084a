"""Manages users: creates, changes, disables and deletes them, ends their sessions, and puts them into organizations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from fleet.access import Reach
from fleet.aws.reads import every, fetch
from fleet.aws.retrying import retrying
from fleet.aws.writes import Refused, transact
from fleet.errors import Conflict, NotFound
from fleet.grants import uses
from fleet.identity import authenticate
from fleet.identity.user import MOST_MEMBERSHIPS, Membership, User
from fleet.identity.users import CHANGED, Users
from fleet.ids import new_id
from fleet.tenancy.audit import Audit
from fleet.tenancy.audit_entry import AuditEntry, Author
from fleet.tenancy.create_organization import ensure_shared


@uses(Users.by_name, Users.to_manage)
def find(reach: Reach, name: str) -> User:
    """The user who has an email address, or a username. NotFound when nobody within the reach has it."""
    return fetch(reach, Users.to_manage(fetch(reach, Users.by_name(name)) or "nobody"))


@uses(Users.ids, Users.members, Users.to_manage)
def list_users(reach: Reach, organization: str | None = None) -> Sequence[User]:
    """The users of an organization, or all users for those who reach everything, oldest first."""
    ids = Users.ids(reach) if organization is None else Users.members(reach, organization)
    found = fetch(reach, every({id: Users.to_manage(id).optional() for id in ids}))
    return [user for user in found.values() if user]


@uses(authenticate.password_hash, authenticate.sealed_seed, ensure_shared, Users.change_writes)
def create(
    reach: Reach,
    username: str,
    email: str,
    password: str,
    now: datetime,
    *,
    memberships: Sequence[Membership] = (),
    superuser: bool = False,
    seed: bytes | None = None,
) -> User:
    """Create a user, with an authenticator where there is a seed. Conflict when a name is taken, or an organization is not there."""
    user = User(
        id=new_id(),
        username=username,
        email=email,
        superuser=superuser,
        password=authenticate.password_hash(password),
        created=now,
        memberships=tuple(memberships),
    )
    if seed:
        ensure_shared(reach)
        user = user.changed(totp=authenticate.sealed_seed(reach, user, seed))
    try:
        transact(Users.change_writes(reach, None, user))
    except Refused as refused:
        raise Users.conflict(refused) from None
    return user


@uses(Users.to_manage, Users.change_writes, Audit.entry_writes)
def change(reach: Reach, id: str, make: Callable[[User], User], entry: AuditEntry | None = None) -> User:
    """Store what `make` returns for a user, anew when somebody else has changed them meanwhile; with an entry in the audit log, if any.

    NotFound when the user is not within the reach, Conflict when a name is taken, or an organization is not there.
    """

    def store(before: User) -> User:
        after = make(before)
        if after != before:
            transact([*Users.change_writes(reach, before, after), *(Audit.entry_writes(reach, entry) if entry else [])])
        return after

    try:
        return retrying(reach, Users.to_manage(id), store, on={CHANGED})
    except Refused as refused:
        raise Users.conflict(refused) from None


@uses(change)
def rename(reach: Reach, id: str, username: str, email: str) -> User:
    """Give a user another username, email address, or both."""
    return change(
        reach, id, lambda user: user if (user.username, user.email) == (username, email) else user.next(username=username, email=email)
    )


@uses(change)
def disable(reach: Reach, id: str, by: Author) -> User:
    """Disable a user: no sign-in, and their sessions are over for good."""
    entry = by.entry("user.disabled", user=id)
    return change(reach, id, lambda user: user.signed_out(active=False) if user.active else user, entry)


@uses(change)
def enable(reach: Reach, id: str, by: Author) -> User:
    """Enable a user again."""
    return change(reach, id, lambda user: user if user.active else user.next(active=True), by.entry("user.enabled", user=id))


@uses(change)
def sign_out(reach: Reach, id: str, by: Author) -> User:
    """End all sessions of a user, from the next request on."""
    return change(reach, id, lambda user: user.signed_out(), by.entry("user.signed_out", user=id))


@uses(authenticate.password_hash, change)
def set_password(reach: Reach, id: str, password: str, by: Author) -> User:
    """Give a user another password, and end their sessions."""
    hash = authenticate.password_hash(password)
    return change(reach, id, lambda user: user.signed_out(password=hash), by.entry("user.password_changed", user=id))


@uses(authenticate.sealed_seed, ensure_shared, change)
def set_authenticator(reach: Reach, id: str, seed: bytes | None, by: Author) -> User:
    """Give a user an authenticator of this seed in place of any other, or None, and end their sessions."""
    if seed:
        ensure_shared(reach)

    def make(user: User) -> User:
        return user.signed_out(totp=authenticate.sealed_seed(reach, user, seed) if seed else None)

    return change(reach, id, make, by.entry("user.authenticator_changed", user=id))


@uses(change)
def join(reach: Reach, id: str, membership: Membership) -> User:
    """Put a user into an organization, or change what they are there. Conflict as in `change`, and when they are in too many."""

    def within(user: User) -> User:
        if len(user.memberships) == MOST_MEMBERSHIPS and user.membership(membership.organization) is None:
            raise Conflict(f"A user may be in at most {MOST_MEMBERSHIPS} organizations: take them out of another first")
        return user if membership in user.memberships else user.member(membership)

    return change(reach, id, within)


@uses(change)
def leave(reach: Reach, id: str, organization: str) -> User:
    """Take a user out of an organization. NotFound when they are not in it."""

    def without(user: User) -> User:
        if user.membership(organization) is None:
            raise NotFound("Membership")
        return user.without(organization)

    return change(reach, id, without)


@uses(Users.to_manage, Users.change_writes)
def delete(reach: Reach, id: str) -> None:
    """Delete a user with all memberships; their sessions are over. NotFound when the user is not within the reach."""
    retrying(reach, Users.to_manage(id), lambda user: transact(Users.change_writes(reach, user, None)), on={CHANGED})
