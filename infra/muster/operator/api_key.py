"""API keys: making one. Its text is shown once; what is kept of it is a keyed hash."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from fleet.access import EVERYWHERE
from fleet.errors import Conflict, Problem
from fleet.ids import ANY_UUID
from fleet.keyed import credential_hash
from fleet.model.key import ApiKey, Restriction
from fleet.model.organization import API_PLANS
from fleet.services.keys import new_text
from fleet.store import table
from fleet.store.keys import ApiKeys
from fleet.store.locations import key as location_key
from muster.operator import organization, rules

Access = Literal["READ_ONLY", "READ_WRITE"]
MOST = 50
"""Keys that an organization may have (WisDM contract, 10.4)."""
MOST_LOCATIONS = 100


@dataclass(frozen=True)
class Wanted:
    """What is asked for (WisDM contract, 10.2). No locations are all of them; `days` is how long the key lives."""

    organization: str
    name: str
    access: Access
    days: int
    permissions: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    referrers: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """A new key. `key` is its text, which nobody can read again; `api_access` False: its plan does not let it in."""

    key: str
    id: str
    organization: str
    name: str
    access: str
    expires: datetime
    api_access: bool


def create(wanted: Wanted) -> Made:
    """Make a key. Invalid names what breaks a rule; NoOrganization; Conflict: name taken, or as many keys as there may be."""
    _check(wanted)
    owner = organization.find(wanted.organization)
    _check_locations(owner.id, wanted.locations)
    if ApiKeys.count(EVERYWHERE, owner.id, MOST) >= MOST:
        raise Conflict(f"The organization has {MOST} API keys already, which is as many as there may be")
    id, secret, text = new_text()
    now = datetime.now(UTC).replace(microsecond=0)
    made = ApiKey(
        id=id,
        organization=owner.id,
        name=wanted.name,
        secret_hash=credential_hash(secret),
        access=wanted.access,
        permissions=wanted.permissions,
        restriction=_restriction(wanted),
        referrers=wanted.referrers,
        addresses=tuple(_plain(given) for given in wanted.addresses),
        locations=tuple(dict.fromkeys(map(str.lower, wanted.locations))) or None,
        lifespan_days=wanted.days,
        api_access=owner.plan in API_PLANS,
        created=now,
        expires=now + timedelta(days=wanted.days),
        updated=now,
    )
    ApiKeys.create(EVERYWHERE, made)
    return Made(text, id, owner.id, made.name, made.access, made.expires, made.api_access)


def _check(wanted: Wanted) -> None:
    most = rules.MOST_RESTRICTIONS
    rules.demand(
        rules.text("name", wanted.name, 50),
        rules.among("access", wanted.access, get_args(Access)),
        rules.permissions("permission", wanted.access, wanted.permissions),
        rules.number("days", wanted.days, 1, 365),
        Problem("ip", "cannot be combined with referrer") if wanted.addresses and wanted.referrers else None,
        Problem("ip", f"may be given {most} times") if len(wanted.addresses) > most else None,
        Problem("referrer", f"may be given {most} times") if len(wanted.referrers) > most else None,
        Problem("location", f"may be given {MOST_LOCATIONS} times") if len(wanted.locations) > MOST_LOCATIONS else None,
        *(rules.address("ip", given) for given in wanted.addresses),
        *(rules.referrer("referrer", given) for given in wanted.referrers),
        *(rules.pattern("location", given, ANY_UUID, "must be the UUID of a location") for given in wanted.locations),
    )


def _check_locations(owner: str, locations: tuple[str, ...]) -> None:
    if not locations:
        return
    wanted = {location_key(location.lower()) for location in locations}
    found = table.batch_get(list(wanted))
    if any(pair not in found or table.text(found[pair], "org") != owner for pair in wanted):
        rules.demand(
            Problem("location", "must be a location of the organization: list them with GET /v4/organization/{organizationId}/locations")
        )


def _restriction(wanted: Wanted) -> Restriction:
    return "IP_ADDRESSES" if wanted.addresses else "HTTP_REFERRERS" if wanted.referrers else "NONE"


def _plain(given: str) -> str:
    """An address or block in its usual spelling; a caller's IPv4 address is never compared as IPv6."""
    network = ipaddress.ip_network(given)
    if network.num_addresses > 1:
        return str(network)
    address = network.network_address
    return str(getattr(address, "ipv4_mapped", None) or address)
