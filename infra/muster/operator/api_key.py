"""Create, list and delete API keys. The text of a key is shown once; only a keyed hash of it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self, get_args

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.aws.writes import Refused, transact
from fleet.errors import FleetError, NotFound, Problem
from fleet.identity import manage_api_keys
from fleet.identity.api_key import LONGEST_LIFE, LONGEST_NAME, MOST_ENTRIES, MOST_LOCATIONS, Access, ApiKey, Restriction, plain_address
from fleet.identity.api_keys import ApiKeys
from fleet.ids import ANY_UUID
from fleet.tenancy.audit import Audit
from muster.operator import organization, rules
from muster.operator.author import author


class NoKey(FleetError):
    """There is no API key of this id in the organization: list them with `muster api-key list`"""


@dataclass(frozen=True)
class KeyRequest:
    """The options of a new key (wisdm.md 10.2). Without locations it covers all of them; it expires after `days`."""

    organization: str
    name: str
    access: Access
    days: int
    permissions: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    referrers: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeyState:
    """A key. `enabled`, and `organization_active` of its organization, are False while they are disabled; `api_access` is False when the
    organization's plan excludes the API. `last_used` is the hour of the last use, if any.
    """

    id: str
    organization: str
    name: str
    access: str
    expires: datetime
    enabled: bool
    organization_active: bool
    api_access: bool
    last_used: datetime | None

    @classmethod
    def of(cls, stored: ApiKey, last_used: datetime | None, *more: str) -> Self:
        settings = stored.id, stored.organization, stored.name, stored.access, stored.expires
        return cls(*settings, stored.enabled, stored.organization_active, stored.api_access, last_used, *more)


@dataclass(frozen=True)
class CreatedKey(KeyState):
    """A new key; `key` is its text, which cannot be read again."""

    key: str


def create(request: KeyRequest) -> CreatedKey:
    """Create a key. Raises Invalid for options that break a rule, NoOrganization, Conflict for a taken name or too many
    keys, and NotAllowed for a plan without the API.
    """
    _check(request)
    owner = organization.find_active(request.organization)
    _check_locations(owner.id, request.locations)
    by = author()
    settings = {
        "name": request.name,
        "access": request.access,
        "permissions": request.permissions,
        "restriction": _restriction(request),
        "referrers": request.referrers,
        "addresses": tuple(map(plain_address, request.addresses)),
        "locations": tuple(dict.fromkeys(map(str.lower, request.locations))) or None,
    }
    made, text = manage_api_keys.new(owner, settings, request.days, by.at.replace(microsecond=0))
    entry = by.entry("api_key.created", organization=owner.id, key=made.id)
    try:
        transact([*ApiKeys.create_writes(EVERYWHERE, made), *Audit.entry_writes(EVERYWHERE, entry)])
    except Refused as refused:
        raise ApiKeys.conflict(refused) from None
    return CreatedKey.of(made, None, text)


def list_all(slug_or_id: str) -> Sequence[KeyState]:
    """The keys of an organization, oldest first."""
    found = sorted(ApiKeys.of_organization(EVERYWHERE, organization.find(slug_or_id).id), key=lambda each: each.created)
    last_uses = fetch(EVERYWHERE, manage_api_keys.last_uses(found))
    return [KeyState.of(each, last_uses[each.id]) for each in found]


def delete(slug_or_id: str, id: str) -> KeyState:
    """Delete a key, also one of a disabled organization; the answer is what it was. Raises NoOrganization and NoKey."""
    owner = organization.find(slug_or_id)
    try:
        found = fetch(EVERYWHERE, ApiKeys.by_id(owner.id, id.lower()))
        last_uses = fetch(EVERYWHERE, manage_api_keys.last_uses([found]))
        by = author()
        manage_api_keys.delete(EVERYWHERE, found, by.at, by.actor)
    except NotFound:
        raise NoKey from None
    return KeyState.of(found, last_uses[found.id])


def _check(request: KeyRequest) -> None:
    most = MOST_ENTRIES
    rules.demand(
        rules.text("name", request.name, LONGEST_NAME),
        rules.among("access", request.access, get_args(Access)),
        rules.permissions("permission", request.access, request.permissions),
        rules.number("days", request.days, 1, LONGEST_LIFE),
        Problem(("ip",), "cannot be combined with referrer") if request.addresses and request.referrers else None,
        Problem(("ip",), f"may be given {most} times") if len(request.addresses) > most else None,
        Problem(("referrer",), f"may be given {most} times") if len(request.referrers) > most else None,
        Problem(("location",), f"may be given {MOST_LOCATIONS} times") if len(request.locations) > MOST_LOCATIONS else None,
        *(rules.address("ip", value) for value in request.addresses),
        *(rules.referrer("referrer", value) for value in request.referrers),
        *(rules.pattern("location", value, ANY_UUID, "must be the UUID of a location") for value in request.locations),
    )


def _check_locations(owner: str, locations: tuple[str, ...]) -> None:
    if fetch(EVERYWHERE, manage_api_keys.unknown_locations(owner, [location.lower() for location in locations])):
        rules.demand(
            Problem(("location",), "must be a location of the organization: list them with GET /v4/organization/{organizationId}/locations")
        )


def _restriction(request: KeyRequest) -> Restriction:
    return "IP_ADDRESSES" if request.addresses else "HTTP_REFERRERS" if request.referrers else "NONE"
