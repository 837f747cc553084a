"""Who has to wait after failures to prove who they are."""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from pydantic import Field

from fleet.values import Value

FAMILIAR = timedelta(days=30)
"""How long an address is remembered from which somebody succeeded."""
LATELY = timedelta(days=1)
"""How long a success need not be noted again."""


@dataclass(frozen=True)
class ThrottleRule:
    """How many failures in which time make a wait, and how many familiar addresses are remembered: the last ones."""

    most: int
    window: timedelta
    familiar: int = 5


class Failure(Value):
    """A try that failed: when, and where it came from (a keyed hash; empty where that does not matter)."""

    at: datetime
    source: str = ""


class Throttle(Value):
    """The failures of the last minutes in one place, such as an account, and the addresses from which somebody succeeded there.

    Whoever fails is counted for the place. A caller from a familiar address waits for the failures of that address
    only, so that nobody can lock the owner out from elsewhere. `version` lets tries count one after the other.
    """

    version: int = 0
    failures: tuple[Failure, ...] = ()
    familiar: dict[str, datetime] = Field(default_factory=dict)

    def wait(self, rule: ThrottleRule, now: datetime, source: str = "") -> int:
        """Seconds that a caller from there has to wait; 0 when it may try."""
        known = self.knows(source, now)
        counted = [failure.at for failure in self._recent(rule, now) if not known or failure.source == source]
        return 0 if len(counted) < rule.most else math.ceil((counted[-rule.most] + rule.window - now).total_seconds())

    def knows(self, source: str, now: datetime) -> bool:
        """Whether the address is familiar."""
        return source in self.familiar and now < self.familiar[source] + FAMILIAR

    def knows_lately(self, source: str, now: datetime) -> bool:
        """Whether somebody has succeeded from the address lately."""
        return source in self.familiar and now < self.familiar[source] + LATELY

    def failed(self, rule: ThrottleRule, now: datetime, source: str = "") -> Self:
        """The same after one more failure."""
        return self._next(failures=(*self._recent(rule, now), Failure(at=now, source=source)))

    def succeeded(self, rule: ThrottleRule, now: datetime, source: str) -> Self:
        """The same after a success: its address is familiar from now on. Failures are not forgiven, they pass."""
        latest = sorted({**self.familiar, source: now}.items(), key=lambda seen: seen[1])[-rule.familiar :]
        return self._next(failures=self._recent(rule, now), familiar=dict(latest))

    def _recent(self, rule: ThrottleRule, now: datetime) -> tuple[Failure, ...]:
        return tuple(failure for failure in self.failures if now < failure.at + rule.window)

    def _next(self, **fields: object) -> Self:
        return self.changed(**fields, version=self.version + 1)

    def forgotten(self, rule: ThrottleRule) -> datetime | None:
        """When the record can be deleted; None where there is nothing in it."""
        ends = [failure.at + rule.window for failure in self.failures] + [seen + FAMILIAR for seen in self.familiar.values()]
        return max(ends, default=None)


def neighbourhood(source: str) -> str:
    """The part of a source address that is one caller's: all of an IPv4 address, the network part of an IPv6 one."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    address = getattr(address, "ipv4_mapped", None) or address
    return str(address) if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))
