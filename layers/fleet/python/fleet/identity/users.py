"""Users: one item each, and a row that leads to it from the email address."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, unchecked_item
from fleet.aws.writes import Refused, Write, transact
from fleet.errors import Conflict
from fleet.grants import needs
from fleet.identity.user import User

CODE_USED = "code-used"
"""The condition that neither the code of a step nor that of a later one has been used."""
_ITEMS = Items(User, "User", beside=("last_step",))


def key(id: str) -> table.Key:
    return f"USER#{id}", "USER"


def _email_key(email: str) -> table.Key:
    return f"UNIQUE#USER#{email.casefold()}", "UNIQUE"


class Users:
    """Users (access-patterns.md U1 to U4)."""

    @staticmethod
    def by_id(id: str) -> Read[User | None]:
        """U1: a user, or None. The reach is not checked: this is read before there is a principal."""
        return _ITEMS.unchecked(key(id))

    @staticmethod
    def by_email(email: str) -> Read[str | None]:
        """U2: the id of the user who signs in with an address, or None. The reach is not checked, as in U1."""
        return unchecked_item(_email_key(email)).map(lambda row: row["id"]["S"] if row else None)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def create(reach: Reach, user: User) -> None:
        """U3: a new user; Conflict when somebody signs in with that address already."""
        try:
            transact([_ITEMS.create(reach, key(user.id), user), Write.put(_email_key(user.email), {"id": {"S": user.id}})])
        except Refused:
            raise Conflict("A user with this email address exists: choose another") from None

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem")
    def use_code_writes(reach: Reach, user: User, step: int) -> list[Write]:
        """U4: the writes that use up the code of a step. They fail when it is CODE_USED, or a later one is."""
        reach.demand_change(user.organization, "User")
        return [Write.update(key(user.id), "SET last_step = :step", "last_step < :step", named=CODE_USED, step={"N": str(step)})]
