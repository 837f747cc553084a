"""API keys."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from fleet.values import Entity

Access = Literal["READ_ONLY", "READ_WRITE"]
Restriction = Literal["NONE", "HTTP_REFERRERS", "IP_ADDRESSES"]
Status = Literal["ACTIVE", "DISABLED", "EXPIRED"]
MOST_KEYS = 50
"""Keys that an organization may have (wisdm.md 10.4)."""
MOST_ENTRIES = 50
"""Web origins or addresses that a key may be limited to (wisdm.md 10.2)."""
MOST_LOCATIONS = 100
LONGEST_NAME = 50
LONGEST_LIFE = 365
"""Days."""

_MAPPED = 96
"""Bits before the IPv4 address that an IPv6 address may hold."""
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_REFERRER = re.compile(rf"https?://(?:\*\.)?{_LABEL}(?:\.{_LABEL})*(?::([1-9][0-9]{{0,4}}))?(?:/[!-)+-~]*\*?)?")


class ApiKey(Entity):
    """A key of an organization: what it may do, from where, in which locations, until when.

    `id` names it for people and stays; `public_id` is the public part of its text, and new with every text. Of the
    text's secret part only a keyed hash is stored. `locations` None is all, an empty tuple none. `api_access` is False
    while the organization's plan comes without the API, `organization_active` while the organization is disabled: a copy.
    """

    public_id: str
    name: str
    secret_hash: str
    access: Access
    permissions: tuple[str, ...] = ()
    restriction: Restriction = "NONE"
    referrers: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    locations: tuple[str, ...] | None = None
    lifespan_days: int
    enabled: bool = True
    api_access: bool = True
    organization_active: bool = True
    created: datetime
    expires: datetime
    updated: datetime

    @property
    def preview(self) -> str:
        """The first 8 characters of its text."""
        return f"wdk_{self.public_id[:4]}"

    def status(self, now: datetime) -> Status:
        """Expired goes before disabled: enabling it again would not help."""
        return "EXPIRED" if now >= self.expires else "ACTIVE" if self.enabled else "DISABLED"

    def in_force(self, now: datetime) -> bool:
        """Whether its text is good for anything."""
        return self.enabled and self.api_access and self.organization_active and now < self.expires

    def edited(self, now: datetime, **fields: Any) -> Self:
        """The next version with these settings; a key that only reads has no write permissions."""
        if fields.get("access") == "READ_ONLY":
            fields["permissions"] = ()
        return self.next(**fields, updated=now)

    def wider_than(self, before: Self) -> bool:
        """Whether it permits anything that `before` did not: an access, a permission, a place to be used from, a location, any use at all.

        A web origin counts as another place unless it is in the list of before, an address unless a block of before has it.
        """
        return (
            (self.enabled and not before.enabled)
            or (self.access, before.access) == ("READ_WRITE", "READ_ONLY")
            or not set(self.permissions) <= set(before.permissions)
            or (before.locations is not None and (self.locations is None or not set(self.locations) <= set(before.locations)))
            or not self._is_restricted_like(before)
        )

    def _is_restricted_like(self, before: Self) -> bool:
        """Whether it is used from nowhere that `before` was not."""
        if before.restriction == "NONE":
            return True
        if self.restriction != before.restriction:
            return False
        return set(self.referrers) <= set(before.referrers) and all(_is_within(each, before.addresses) for each in self.addresses)

    def renewed(self, public_id: str, secret_hash: str, now: datetime) -> Self:
        """The next version, with another text and its life begun anew."""
        expires = now + timedelta(days=self.lifespan_days)
        return self.next(public_id=public_id, secret_hash=secret_hash, expires=expires, updated=now)

    def without(self, location: str, now: datetime) -> Self:
        """The next version, after a location is gone. A list that this empties stays one: it permits nothing."""
        return self.next(locations=tuple(id for id in self.locations or () if id != location), updated=now)


def _is_within(address: str, blocks: Iterable[str]) -> bool:
    own: Any = ipaddress.ip_network(address)
    known = [ipaddress.ip_network(block) for block in blocks]
    return any(own.version == each.version and own.subnet_of(each) for each in known)


def is_referrer(text: str) -> bool:
    """Whether a text is a pattern of web origins (wisdm.md 2.4)."""
    found = _REFERRER.fullmatch(text) if len(text) <= 255 else None
    return found is not None and int(found[1] or 80) <= 65535


def plain_address(text: str) -> str:
    """An address or CIDR block in its usual spelling (wisdm.md 2.4). ValueError when it is neither.

    A caller's IPv4 address is never compared as IPv6, so what is spelled inside IPv6 becomes plain.
    """
    network = ipaddress.ip_network(text)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped and network.prefixlen >= _MAPPED:
        network = ipaddress.ip_network((mapped, network.prefixlen - _MAPPED))
    return str(network if network.num_addresses > 1 else network.network_address)
