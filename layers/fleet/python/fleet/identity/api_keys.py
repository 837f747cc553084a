"""API keys: each under the public part of its text, and again in its organization's directory, under its id.

Both rows hold the whole key and are written together: one is read with every request, the other is what is managed. When the
text was last used is in a third row, which every route that a key calls may write, so it holds nothing else
(docs/adr/0032-when-a-key-was-last-used-is-kept-beside-it.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, both, of_reach, reads_rows, unchecked_item
from fleet.aws.table import Item
from fleet.aws.writes import Refused, Write, unchanged
from fleet.errors import Conflict, FleetError, NotFound
from fleet.grants import ANY, needs, uses
from fleet.identity.api_key import MOST_KEYS, ApiKey
from fleet.ids import ANY_ID
from fleet.names import compared
from fleet.tenancy.organizations import STANDING, Organizations

CHANGED, FULL = "api-key-changed", "too-many-api-keys"
"""Conditions: the key is as it was read; the organization may have another."""
KEPT = timedelta(days=400)
"""How long the row of a last use stays after its hour: longer than any text lives. It ends rows written while their key was deleted."""
_ITEMS = Items(ApiKey, "API key")


def key(public_id: str) -> table.Key:
    return f"APIKEY#{public_id}", "APIKEY"


def use_key(public_id: str) -> table.Key:
    return f"USED#{public_id}", "USED"


def _directory(organization: str) -> str:
    return f"ORG#{organization}#APIKEYS"


def _place(api_key: ApiKey) -> table.Key:
    return _directory(api_key.organization), api_key.id


def _head(organization: str) -> table.Key:
    return f"APIKEYS#{organization}", "HEAD"


def _name(organization: str, name: str) -> table.Key:
    return f"UNIQUE#{organization}#APIKEY#{compared(name)}", "UNIQUE"


def _name_of(api_key: ApiKey) -> table.Key:
    return _name(api_key.organization, api_key.name)


class ApiKeys:
    """API keys (access-patterns.md K1 to K8)."""

    @staticmethod
    @reads_rows(key(ANY))
    def by_public_id(public_id: str) -> Read[ApiKey | None]:
        """K1: the key that a text names, or None. The reach is not checked: this is read before there is a principal."""
        return _ITEMS.unchecked(key(public_id))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[key(ANY), _directory(ANY), _name(ANY_ID, ANY)])
    @needs("FleetTable", "dynamodb:UpdateItem", keys=[_head(ANY)])
    @uses(Organizations.standing_checks)
    def create_writes(reach: Reach, api_key: ApiKey) -> list[Write]:
        """K2: the writes of a new key. They fail when the organization's keys are FULL, the name is taken, or the organization
        has been disabled or deleted or its plan changed: `conflict` says which.
        """
        return [
            *Organizations.standing_checks(reach, api_key.organization, api_access=api_key.api_access or None),
            Write.put(_name_of(api_key), {"id": {"S": api_key.id}}),
            Write.update(
                _head(api_key.organization),
                "ADD held :one",
                "attribute_not_exists(held) OR held < :most",
                named=FULL,
                one={"N": "1"},
                most={"N": str(MOST_KEYS)},
            ),
            _ITEMS.create(reach, key(api_key.public_id), api_key),
            _ITEMS.create(reach, _place(api_key), api_key),
        ]

    @staticmethod
    def conflict(refused: Refused) -> FleetError:
        """Why a key could not be created or renamed, by the conditions that failed."""
        if STANDING in refused.failed:
            return NotFound("Organization")
        if FULL in refused.failed:
            return Conflict(f"The organization has {MOST_KEYS} API keys already, which is as many as there may be")
        return Conflict("An API key with this name exists: choose another")

    @staticmethod
    @reads_rows(_directory(ANY))
    def by_id(organization: str, id: str) -> Read[ApiKey]:
        """K3: a key of an organization, to be managed."""
        judged = of_reach(lambda reach: reach.demand(organization, "Organization"))
        return both(judged, _ITEMS.one((_directory(organization), id))).map(lambda parts: parts[1])

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_directory(ANY)])
    def of_organization(reach: Reach, organization: str) -> Iterator[ApiKey]:
        """K4: the keys of an organization, in no order; there are at most 50."""
        yield from map(_ITEMS.parse, table.query(reach, organization, "Organization", "pk = :pk", {"pk": _directory(organization)}))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[key(ANY), _directory(ANY)])
    def change_writes(reach: Reach, before: ApiKey, after: ApiKey) -> list[Write]:
        """K5: the writes of a key's next version, of the same name and text. They fail when it was CHANGED meanwhile."""
        writes = [_next(reach, before, after), _ITEMS.put(reach, key(after.public_id), after)]
        if (_name_of(before), before.public_id) != (_name_of(after), after.public_id):
            raise ValueError("the key gets another name or text: use edit_writes or renew_writes")
        return writes

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[key(ANY), _directory(ANY)])
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:DeleteItem", keys=[_name(ANY_ID, ANY)])
    def edit_writes(reach: Reach, before: ApiKey, after: ApiKey) -> list[Write]:
        """K7: the writes of a key's next version of any name. They fail as those of K5, and when the new name is taken."""
        writes = [_next(reach, before, after), _ITEMS.put(reach, key(after.public_id), after)]
        if _name_of(before) == _name_of(after):
            return writes
        return [*writes, Write.put(_name_of(after), {"id": {"S": after.id}}), Write.delete(_name_of(before))]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[key(ANY), _directory(ANY)])
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[key(ANY)])
    def renew_writes(reach: Reach, before: ApiKey, after: ApiKey) -> list[Write]:
        """K8: the writes of a key's next version, of another text. They fail as those of K5."""
        return [_next(reach, before, after), Write.delete(key(before.public_id)), _ITEMS.create(reach, key(after.public_id), after)]

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[key(ANY), _directory(ANY), _name(ANY_ID, ANY)])
    @needs("FleetTable", "dynamodb:UpdateItem", keys=[_head(ANY)])
    def delete_writes(reach: Reach, api_key: ApiKey) -> list[Write]:
        """K6: the writes that delete a key. They fail when it was CHANGED meanwhile."""
        reach.demand_change(api_key.organization, "Organization")
        return [
            Write.delete(_place(api_key), named=CHANGED, **unchanged(api_key.version)),
            Write.delete(key(api_key.public_id)),
            Write.delete(_name_of(api_key)),
            Write.update(_head(api_key.organization), "ADD held :less", less={"N": "-1"}),
        ]


def _next(reach: Reach, before: ApiKey, after: ApiKey) -> Write:
    """The write of the row that is managed."""
    reach.demand_change(before.organization, "Organization")
    return _ITEMS.replace(reach, _place(before), after, before.version, named=CHANGED)


class LastUses:
    """When the texts of API keys were last used, to the hour (access-patterns.md K9 to K11)."""

    @staticmethod
    @reads_rows(use_key(ANY))
    def of(public_id: str) -> Read[datetime | None]:
        """K9: the hour in which the text with this public part was last used; None if it has not been, in the last KEPT.

        The reach is not checked: it is read before there is a principal, and otherwise by who has the key already.
        """
        return unchecked_item(use_key(public_id)).map(_hour_in)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[use_key(ANY)])
    def use_writes(reach: Reach, api_key: ApiKey, at: datetime) -> list[Write]:
        """K10: the writes that record that a key was used. They fail when a use in that hour or a later one is recorded."""
        reach.demand_change(api_key.organization, "Organization")
        used, ttl = (str(int(time.timestamp())) for time in (hour_of(at), hour_of(at) + KEPT))
        later = "attribute_not_exists(pk) OR used < :used"
        attributes = {"used": {"N": used}, "ttl": {"N": ttl}}
        return [Write.put(use_key(api_key.public_id), attributes, later, used={"N": used})]

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[use_key(ANY)])
    def forget_writes(reach: Reach, api_key: ApiKey) -> list[Write]:
        """K11: the writes that forget when the text of a key was used: with the end of that text."""
        reach.demand_change(api_key.organization, "Organization")
        return [Write.delete(use_key(api_key.public_id), None)]


def hour_of(at: datetime) -> datetime:
    """The beginning of the hour, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _hour_in(stored: Item | None) -> datetime | None:
    return None if stored is None else datetime.fromtimestamp(int(stored["used"]["N"]), UTC)
