"""Clients of the Thingsee API, each under its id, which the operator chose."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.reads import Ask, Found
from fleet.errors import NotFound
from fleet.grants import needs
from fleet.identity.client import Client


def key(id: str) -> table.Key:
    return f"CLIENT#{id}", "CLIENT"


class Clients:
    """Clients (access-patterns.md CL1 and CL2)."""

    @staticmethod
    def by_id(id: str) -> Ask[Client | None]:
        """CL1: the client of this id, or None. Read before there is a principal, so reach does not judge it."""

        def read(reach: Reach, found: Found) -> Client | None:
            item = found.get(key(id))
            return Client.model_validate_json(item["body"]["S"]) if item else None

        return Ask([key(id)], read)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def storing(reach: Reach, client: Client) -> table.Write:
        """CL2: the write of a new client, or of its next version; it fails when the id is taken or the client was changed meanwhile."""
        if not reach.covers(client.organization):
            raise NotFound("Client")
        row = {
            "org": {"S": client.organization},
            "version": {"N": str(client.version)},
            "body": {"S": client.model_dump_json()},
        }
        if client.version == 1:
            return table.put(key(client.id), row)
        return table.put(key(client.id), row, "version = :before", before={"N": str(client.version - 1)})
