"""Clients of the Thingsee API, each under its id, which the operator chose."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read
from fleet.aws.writes import Write
from fleet.grants import needs
from fleet.identity.client import Client

_ITEMS = Items(Client, "Client")


def key(id: str) -> table.Key:
    return f"CLIENT#{id}", "CLIENT"


class Clients:
    """Clients (access-patterns.md CL1 and CL2)."""

    @staticmethod
    def by_id(id: str) -> Read[Client | None]:
        """CL1: the client of this id, or None. The reach is not checked: this is read before there is a principal."""
        return _ITEMS.unchecked(key(id))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def store_writes(reach: Reach, client: Client) -> list[Write]:
        """CL2: the writes of a new client, or of its next version. They fail when the id is taken, or the client was changed meanwhile."""
        return [_ITEMS.replace(reach, key(client.id), client, client.version - 1)]
