"""Users: one item each, and a row that leads to it from the email address."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.reads import Ask, Found
from fleet.errors import Conflict, NotFound
from fleet.grants import needs
from fleet.identity.user import User


def key(id: str) -> table.Key:
    return f"USER#{id}", "USER"


def _email_key(email: str) -> table.Key:
    return f"UNIQUE#USER#{email.casefold()}", "UNIQUE"


class Users:
    """Users (access-patterns.md U1 to U4)."""

    @staticmethod
    def by_id(id: str) -> Ask[User | None]:
        """U1: a user, or None. Read before there is a principal, so reach does not judge it."""

        def read(reach: Reach, found: Found) -> User | None:
            item = found.get(key(id))
            return User.model_validate_json(item["body"]["S"]).changed(last_step=int(item["last_step"]["N"])) if item else None

        return Ask([key(id)], read)

    @staticmethod
    def by_email(email: str) -> Ask[str | None]:
        """U2: the id of the user who signs in with an address, or None. Read before there is a principal, like U1."""

        def read(reach: Reach, found: Found) -> str | None:
            return table.text(found.get(_email_key(email), {}), "id")

        return Ask([_email_key(email)], read)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def create(reach: Reach, user: User) -> None:
        """U3: a new user; Conflict when somebody signs in with that address already."""
        if not reach.covers(user.organization):
            raise NotFound("Organization")
        row = {
            "org": {"S": user.organization},
            "last_step": {"N": str(user.last_step)},
            "body": {"S": user.model_dump_json(exclude={"last_step"}, exclude_none=True)},
        }
        try:
            table.transact([table.put(key(user.id), row), table.put(_email_key(user.email), {"id": {"S": user.id}})])
        except table.Refused:
            raise Conflict("A user with this email address exists: choose another") from None

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem")
    def using(reach: Reach, user: User, step: int) -> table.Write:
        """U4: the write that uses up the code of a step; it fails when that or a later one has been used."""
        if not reach.covers(user.organization):
            raise NotFound("User")
        return table.update(key(user.id), "SET last_step = :step", "last_step < :step", step={"N": str(step)})
