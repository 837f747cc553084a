"""Clients of the Thingsee API, each under its id, which the operator chose."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read
from fleet.aws.writes import Write
from fleet.errors import NotFound
from fleet.grants import needs
from fleet.identity.client import Client


def key(id: str) -> table.Key:
    return f"CLIENT#{id}", "CLIENT"


_ITEMS = Items(Client, "Client")


class Clients:
    """Clients (access-patterns.md CL1 and CL2)."""

    @staticmethod
    def by_id(id: str) -> Read[Client | None]:
        """CL1: the client of this id, or None. Read before there is a principal, so reach does not judge it."""
        return _ITEMS.unchecked(key(id))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def storing(reach: Reach, client: Client) -> Write:
        """CL2: the write of a new client, or of its next version; it fails when the id is taken or the client was changed meanwhile."""
        if not reach.covers(client.organization):
            raise NotFound("Client")
        row = {
            "org": {"S": client.organization},
            "version": {"N": str(client.version)},
            "body": {"S": client.model_dump_json()},
        }
        if client.version == 1:
            return Write.put(key(client.id), row)
        return Write.put(key(client.id), row, "version = :before", before={"N": str(client.version - 1)})
