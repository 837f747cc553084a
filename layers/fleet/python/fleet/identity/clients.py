"""Clients of the Thingsee API, each under its id, which the operator chose, and listed by organization."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, reads_rows
from fleet.aws.writes import Write, unchanged
from fleet.grants import ANY, needs, uses
from fleet.identity.client import Client
from fleet.tenancy.organizations import Organizations

CHANGED = "client-changed"
"""The condition that a client is as it was read, or that its id is free."""
_ITEMS = Items(Client, "Client")


def key(id: str) -> table.Key:
    return f"CLIENT#{id}", "CLIENT"


def _directory(organization: str) -> str:
    return f"ORG#{organization}#CLIENTS"


class Clients:
    """Clients (access-patterns.md CL1 to CL4)."""

    @staticmethod
    @reads_rows(key(ANY))
    def by_id(id: str) -> Read[Client | None]:
        """CL1: the client of this id, or None. The reach is not checked: this is read before there is a principal."""
        return _ITEMS.unchecked(key(id))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[key(ANY), _directory(ANY)])
    @uses(Organizations.standing_checks)
    def store_writes(reach: Reach, client: Client) -> list[Write]:
        """CL2: the writes of a new client, or of its next version. They fail with CHANGED when the id is taken, or the client was
        changed meanwhile; a new one also with STANDING, when its organization was disabled or deleted.
        """
        own = _ITEMS.replace(reach, key(client.id), client, client.version - 1, named=CHANGED)
        if client.version > 1:
            return [own]
        listed = Write.put((_directory(client.organization), client.id), {})
        return [*Organizations.standing_checks(reach, client.organization), own, listed]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_directory(ANY)])
    def of_organization(reach: Reach, organization: str) -> Iterator[str]:
        """CL3: the ids of an organization's clients."""
        for row in table.query(reach, organization, "Organization", "pk = :pk", {"pk": _directory(organization)}):
            yield row["sk"]["S"]

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[key(ANY), _directory(ANY)])
    def delete_writes(reach: Reach, client: Client) -> list[Write]:
        """CL4: the writes that delete a client. They fail with CHANGED when it was changed meanwhile."""
        reach.demand_change(client.organization, "Client")
        return [
            Write.delete(key(client.id), named=CHANGED, **unchanged(client.version)),
            Write.delete((_directory(client.organization), client.id)),
        ]
