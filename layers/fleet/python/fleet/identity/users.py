"""Users: one item each, rows that lead to it from username and email address, one row of the directory of all users, and one row for
each membership under its organization. All of them are written together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, both, of_reach, reads_rows, unchecked_item
from fleet.aws.writes import Refused, Write, unchanged
from fleet.errors import Conflict, NotAllowed, NotFound, Stale
from fleet.grants import ANY, needs, uses
from fleet.identity.user import User
from fleet.names import compared
from fleet.tenancy.organizations import STANDING, Disabled, Organizations

CODE_USED = "code-used"
"""The condition that neither the code of a step nor that of a later one has been used."""
CHANGED, USERNAME_TAKEN, EMAIL_TAKEN = "user-changed", "username-taken", "email-taken"
"""Conditions: the user is as it was read; the name is free."""
_ITEMS = Items(User, "User", beside=("last_step",))
_DIRECTORY = "USERS"
Row = tuple[dict[str, Any], str | None]


def key(id: str) -> table.Key:
    return f"USER#{id}", "USER"


def _members(organization: str) -> str:
    return f"ORG#{organization}#MEMBERS"


def _username_key(username: str) -> table.Key:
    return f"UNIQUE#USERNAME#{compared(username)}", "UNIQUE"


def _email_key(email: str) -> table.Key:
    return f"UNIQUE#EMAIL#{compared(email)}", "UNIQUE"


class Users:
    """Users (access-patterns.md U1 to U8)."""

    @staticmethod
    @reads_rows(key(ANY))
    def by_id(id: str) -> Read[User | None]:
        """U1: a user, or None. The reach is not checked: this is read before there is a principal."""
        return _ITEMS.unchecked(key(id))

    @staticmethod
    @reads_rows(key(ANY))
    def to_manage(id: str) -> Read[User]:
        """U2: a user, for whoever reaches an organization that they are in, or everything. NotFound for others."""

        def demand(parts: tuple[Reach, User | None]) -> User:
            reach, user = parts
            if user is None or not any(map(reach.covers, (None, *(each.organization for each in user.memberships)))):
                raise NotFound("User")
            return user

        return both(of_reach(lambda reach: reach), Users.by_id(id)).map(demand)

    @staticmethod
    @reads_rows(_email_key(ANY))
    def by_email(email: str) -> Read[str | None]:
        """U3: the id of the user who has an email address, or None. The reach is not checked, as in U1."""
        return unchecked_item(_email_key(email)).map(_id)

    @staticmethod
    @reads_rows(_email_key(ANY), _username_key(ANY))
    def by_name(name: str) -> Read[str | None]:
        """U4: the id of the user who has an email address, or else of the one who has a username, or None. Unchecked as U1."""
        return both(Users.by_email(name), unchecked_item(_username_key(name)).map(_id)).map(lambda ids: ids[0] or ids[1])

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_DIRECTORY])
    def ids(reach: Reach) -> Iterator[str]:
        """U5: the ids of all users, oldest first to the second. For callers whose reach is everything."""
        for row in table.query(reach, None, "User", "pk = :pk", {"pk": _DIRECTORY}):
            yield row["sk"]["S"]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_members(ANY)])
    def members(reach: Reach, organization: str) -> Iterator[str]:
        """U6: the ids of the users in an organization, oldest first to the second."""
        for row in table.query(reach, organization, "Organization", "pk = :pk", {"pk": _members(organization)}):
            yield row["sk"]["S"]

    @staticmethod
    @needs(
        "FleetTable",
        "dynamodb:PutItem",
        "dynamodb:DeleteItem",
        keys=[key(ANY), _username_key(ANY), _email_key(ANY), _DIRECTORY, _members(ANY)],
    )
    @needs("FleetTable", "dynamodb:UpdateItem", keys=[key(ANY)])
    @uses(Organizations.standing_checks)
    def change_writes(reach: Reach, before: User | None, after: User | None) -> list[Write]:
        """U7: the writes of all rows of a user who is new (no `before`), changed, or deleted (no `after`).

        They fail when the user was CHANGED meanwhile, the USERNAME_TAKEN or the EMAIL_TAKEN, or an organization that they are
        in from now on is not there, or not as active as the membership says (STANDING): `conflict` says which. NotFound or
        NotAllowed unless the reach changes each organization whose membership changes, and all of the user's where anything else does;
        only those who reach everything change superusers and make them.
        """
        _demand(reach, before, after)
        return [*_own_writes(reach, before, after), *_row_writes(before, after), *_checks(reach, before, after)]

    @staticmethod
    def conflict(refused: Refused) -> Conflict:
        """Why a user could not be stored, by the conditions that failed."""
        if USERNAME_TAKEN in refused.failed:
            return Conflict("A user with this username exists: choose another")
        if EMAIL_TAKEN in refused.failed:
            return Conflict("A user with this email address exists: choose another")
        if STANDING in refused.failed:
            return Conflict("An organization of this user was disabled, enabled or deleted meanwhile: repeat this")
        return Stale()

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem", keys=[key(ANY)])
    def use_code_writes(reach: Reach, user: User, step: int) -> list[Write]:
        """U8: the writes that use up the code of a step. They fail when it is CODE_USED, or a later one is.

        The reach is not checked: a code is the user's own.
        """
        return [Write.update(key(user.id), "SET last_step = :step", "last_step < :step", named=CODE_USED, step={"N": str(step)})]


def _id(row: table.Item | None) -> str | None:
    return row["id"]["S"] if row else None


def _demand(reach: Reach, before: User | None, after: User | None) -> None:
    """NotFound or NotAllowed unless a caller of this reach may turn one version into the other.

    A name or a password opens every organization that a user is in, so who changes more than a membership has to reach all of them.
    """
    users = [each for each in (before, after) if each is not None]
    if any(user.superuser for user in users):
        reach.demand_change(None, "User")
    memberships = [set(user.memberships if user else ()) for user in (before, after)]
    for changed in set.symmetric_difference(*memberships):
        reach.demand_change(changed.organization, "Organization")
    own: set[str | None] = {each.organization for user in users for each in user.memberships} or {None}
    if not any(map(reach.changes, own)):
        raise NotAllowed if any(map(reach.covers, own)) else NotFound("User")
    if before and after and _without_memberships(before) != _without_memberships(after) and not all(map(reach.changes, own)):
        raise NotAllowed("The user is in further organizations: only a superuser may change more than a membership")


def _without_memberships(user: User) -> dict[str, Any]:
    return user.model_dump(exclude={"memberships", "version"})


def _own_writes(reach: Reach, before: User | None, after: User | None) -> list[Write]:
    """The write of the item, of which a used code changes `last_step` alone."""
    if after is None:
        return [Write.delete(key(before.id), named=CHANGED, **unchanged(before.version))] if before else []
    if before is None:
        return [_ITEMS.create(reach, key(after.id), after)]
    row = _ITEMS.attributes(reach, after)
    values = {"body": row["body"], "after": row["version"], **unchanged(before.version)}
    return [Write.update(key(after.id), "SET body = :body, version = :after", named=CHANGED, **values)]


def _rows(user: User | None) -> dict[table.Key, Row]:
    """The rows beside the item: each with its attributes, and the name of the condition that it is new."""
    if user is None:
        return {}
    own = {"id": {"S": user.id}}
    members = {(_members(each.organization), user.id): ({"org": {"S": each.organization}}, None) for each in user.memberships}
    unique = {_username_key(user.username): (own, USERNAME_TAKEN), _email_key(user.email): (own, EMAIL_TAKEN)}
    return {**unique, (_DIRECTORY, user.id): ({}, None), **members}


def _row_writes(before: User | None, after: User | None) -> list[Write]:
    old, new = _rows(before), _rows(after)
    added = [Write.put(pair, attributes, named=taken) for pair, (attributes, taken) in new.items() if pair not in old]
    return [*added, *(Write.delete(pair) for pair in old if pair not in new)]


def _checks(reach: Reach, before: User | None, after: User | None) -> list[Write]:
    """That the organizations of all new or changed memberships are as those say. Conflict for a new one in a disabled organization."""
    known = {each.organization: each for each in (before.memberships if before else ())}
    changed = [each for each in (after.memberships if after else ()) if each != known.get(each.organization)]
    if not all(each.organization_active or each.organization in known for each in changed):
        raise Disabled
    return [check for each in changed for check in Organizations.standing_checks(reach, each.organization, each.organization_active)]
