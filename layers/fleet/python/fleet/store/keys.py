"""API keys: one item each under the public part of their text, and a directory row under their organization."""

from __future__ import annotations

from fleet.access import Reach
from fleet.errors import Conflict, NotFound
from fleet.grants import needs
from fleet.model.key import ApiKey
from fleet.store import table
from fleet.store.ask import Ask, Found


def key(id: str) -> table.Key:
    return f"APIKEY#{id}", "APIKEY"


def _directory(organization: str) -> str:
    return f"ORG#{organization}#APIKEYS"


class ApiKeys:
    """API keys (access patterns K1 to K3)."""

    @staticmethod
    def by_id(id: str) -> Ask[ApiKey | None]:
        """K1: the key that a text names, or None. The one read before there is a principal, so reach does not judge it."""

        def read(reach: Reach, found: Found) -> ApiKey | None:
            item = found.get(key(id))
            return ApiKey.model_validate_json(item["body"]["S"]) if item else None

        return Ask([key(id)], read)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def create(reach: Reach, api_key: ApiKey) -> None:
        """K2: a new key; Conflict when the organization has one of that name."""
        if not reach.covers(api_key.organization):
            raise NotFound("Organization")
        body = {"S": api_key.model_dump_json(exclude_none=True)}
        row = {"org": {"S": api_key.organization}, "body": body}
        unique = (f"UNIQUE#{api_key.organization}#APIKEY#{api_key.name.casefold()}", "UNIQUE")
        directory = (_directory(api_key.organization), f"{api_key.created.isoformat()}#{api_key.id}")
        try:
            table.transact(
                [
                    table.put(key(api_key.id), row),
                    table.put(unique, {"id": {"S": api_key.id}}),
                    table.put(directory, {"id": {"S": api_key.id}}),
                ]
            )
        except table.Refused:
            raise Conflict("An API key with this name exists: choose another") from None

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def count(reach: Reach, organization: str, most: int) -> int:
        """K3: how many keys an organization has, counted up to `most`. For the operator."""
        if not reach.covers(organization):
            raise NotFound("Organization")
        return sum(1 for _ in table.query("pk = :pk", {"pk": _directory(organization)}, limit=most))
