"""Access tokens, each under the public part of its text, and listed by organization."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, reads_rows
from fleet.aws.writes import Write, unchanged
from fleet.grants import ANY, needs, uses
from fleet.ids import ANY_ID
from fleet.tenancy.organizations import Organizations
from fleet.tokens.access_token import AccessToken

CHANGED = "access-token-changed"
"""The condition that a token is as it was read."""
_ITEMS = Items(AccessToken, "Access token")


def key(id: str) -> table.Key:
    return f"TOKEN#{id}", "TOKEN"


def _directory(organization: str) -> str:
    return f"ORG#{organization}#TOKENS"


class AccessTokens:
    """Access tokens (access-patterns.md AT1 to AT4)."""

    @staticmethod
    @reads_rows(key(ANY_ID))
    def by_id(id: str) -> Read[AccessToken | None]:
        """AT1: the token of this id, or None. The reach is not checked: this is read before there is a principal."""
        return _ITEMS.unchecked(key(id))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[key(ANY_ID), _directory(ANY)])
    @uses(Organizations.standing_checks)
    def store_writes(reach: Reach, token: AccessToken) -> list[Write]:
        """AT2: the writes of a new token, or of its next version. They fail with CHANGED when it was changed meanwhile; those of a new one
        with STANDING, when its organization was disabled or deleted.
        """
        own = _ITEMS.replace(reach, key(token.id), token, token.version - 1, named=CHANGED)
        if token.version > 1:
            return [own]
        listed = Write.put((_directory(token.organization), token.id), {})
        return [*Organizations.standing_checks(reach, token.organization), own, listed]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_directory(ANY)])
    def of_organization(reach: Reach, organization: str) -> Iterator[str]:
        """AT3: the ids of an organization's tokens, oldest first to the second."""
        for row in table.query(reach, organization, "Organization", "pk = :pk", {"pk": _directory(organization)}):
            yield row["sk"]["S"]

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[key(ANY_ID), _directory(ANY)])
    def delete_writes(reach: Reach, token: AccessToken) -> list[Write]:
        """AT4: the writes that delete a token. They fail with CHANGED when it was changed meanwhile."""
        reach.demand_change(token.organization, "Access token")
        return [
            Write.delete(key(token.id), named=CHANGED, **unchanged(token.version)),
            Write.delete((_directory(token.organization), token.id)),
        ]
