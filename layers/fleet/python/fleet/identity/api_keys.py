"""API keys: each under the public part of its text, and again in its organization's directory, under its id.

Both rows hold the whole key and are written together: one is read with every request, the other is what is managed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, both, of_reach
from fleet.aws.writes import Refused, Write
from fleet.errors import Conflict, NotFound
from fleet.grants import needs
from fleet.identity.api_key import MOST_KEYS, ApiKey


def key(public_id: str) -> table.Key:
    return f"APIKEY#{public_id}", "APIKEY"


def _directory(organization: str) -> str:
    return f"ORG#{organization}#APIKEYS"


def _head(organization: str) -> table.Key:
    return f"APIKEYS#{organization}", "HEAD"


def _name(organization: str, name: str) -> table.Key:
    return f"UNIQUE#{organization}#APIKEY#{name.casefold()}", "UNIQUE"


def _row(api_key: ApiKey) -> dict[str, Any]:
    body = api_key.model_dump_json(exclude_none=True)
    return {"org": {"S": api_key.organization}, "version": {"N": str(api_key.version)}, "body": {"S": body}}


CHANGED, FULL = "key-changed", "too-many-keys"
"""Conditions: the key is as it was read; the organization may have another."""
_ITEMS = Items(ApiKey, "API key")


class ApiKeys:
    """API keys (access-patterns.md K1 to K6)."""

    @staticmethod
    def by_public_id(public_id: str) -> Read[ApiKey | None]:
        """K1: the key that a text names, or None. Read before there is a principal, so reach does not judge it."""
        return _ITEMS.unchecked(key(public_id))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:UpdateItem")
    def creating(reach: Reach, api_key: ApiKey) -> list[Write]:
        """K2: the writes of a new key. `conflict` says what it means when they fail."""
        _judge(reach, api_key.organization)
        return [
            Write.put(_name(api_key.organization, api_key.name), {"id": {"S": api_key.id}}),
            Write.update(
                _head(api_key.organization),
                "ADD held :one",
                "attribute_not_exists(held) OR held < :most",
                named=FULL,
                one={"N": "1"},
                most={"N": str(MOST_KEYS)},
            ),
            Write.put(key(api_key.public_id), _row(api_key)),
            Write.put((_directory(api_key.organization), api_key.id), _row(api_key)),
        ]

    @staticmethod
    def conflict(refused: Refused) -> Conflict:
        """What kept a new key from being made, by the conditions of K2 that failed."""
        if FULL in refused.failed:
            return Conflict(f"The organization has {MOST_KEYS} API keys already, which is as many as there may be")
        return Conflict("An API key with this name exists: choose another")

    @staticmethod
    def by_id(organization: str, id: str) -> Read[ApiKey]:
        """K3: a key of an organization, to be managed."""

        def judged(reach: Reach) -> None:
            reach.demand(organization, "Organization")

        return both(of_reach(judged), _ITEMS.one((_directory(organization), id))).map(lambda parts: parts[1])

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def of_organization(reach: Reach, organization: str) -> Iterator[ApiKey]:
        """K4: the keys of an organization, in no order; there are at most 50."""
        _judge(reach, organization)
        for item in table.query("pk = :pk", {"pk": _directory(organization)}):
            yield ApiKey.model_validate_json(item["body"]["S"])

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:DeleteItem")
    def changing(reach: Reach, before: ApiKey, after: ApiKey) -> list[Write]:
        """K5: the writes of a key's next version. The first fails when it is no longer as it was, the second for a name that is taken."""
        _judge(reach, before.organization)
        place = _directory(before.organization), before.id
        writes = [Write.put(place, _row(after), "version = :before", named=CHANGED, before={"N": str(before.version)})]
        old, new = _name(before.organization, before.name), _name(after.organization, after.name)
        if old != new:
            writes += [Write.put(new, {"id": {"S": after.id}}), Write.delete(old)]
        if before.public_id != after.public_id:
            return [*writes, Write.delete(key(before.public_id)), Write.put(key(after.public_id), _row(after))]
        return [*writes, Write.put(key(after.public_id), _row(after), None)]

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", "dynamodb:UpdateItem")
    def deleting(reach: Reach, api_key: ApiKey) -> list[Write]:
        """K6: the writes that delete a key; the first fails when it is no longer as it was."""
        _judge(reach, api_key.organization)
        place = _directory(api_key.organization), api_key.id
        return [
            Write.delete(place, "version = :before", named=CHANGED, before={"N": str(api_key.version)}),
            Write.delete(key(api_key.public_id)),
            Write.delete(_name(api_key.organization, api_key.name)),
            Write.update(_head(api_key.organization), "ADD held :less", less={"N": "-1"}),
        ]


def _judge(reach: Reach, organization: str) -> None:
    if not reach.covers(organization):
        raise NotFound("Organization")
