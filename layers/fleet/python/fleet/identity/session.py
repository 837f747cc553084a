"""Sessions of the console, and tries to prove who one is."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Self

from pydantic import Field

from fleet.values import Value

LIFE = timedelta(hours=1)
"""How long a session lasts (wisdm.md 10.1)."""
MOST_FAILURES = 5
WINDOW = timedelta(minutes=15)
"""Five failures in fifteen minutes, then a wait (wisdm.md 10.1 and 10.3)."""
FAMILIAR = timedelta(days=30)
"""How long an address is remembered from which somebody signed in."""
MOST_FAMILIAR = 5


class Session(Value):
    """A session of a user. `hash` is the keyed hash of its token's secret part."""

    organization: str
    user: str
    hash: str
    created: datetime
    expires: datetime


class Failure(Value):
    """A try that failed: when, and where it came from (a keyed hash)."""

    at: datetime
    source: str


class Tries(Value):
    """The failures of the last minutes for one account, and the addresses from which it has been signed in to.

    Whoever fails is counted for the account. A caller from a familiar address waits for the failures of that address
    only, so that nobody can lock the owner out from elsewhere. `version` lets tries count one after the other.
    """

    version: int = 0
    failures: tuple[Failure, ...] = ()
    familiar: dict[str, datetime] = Field(default_factory=dict)

    def wait(self, source: str, now: datetime) -> int:
        """Seconds that a caller from there has to wait; 0 when it may try."""
        known = source in self.familiar and now < self.familiar[source] + FAMILIAR
        counted = [failure.at for failure in self._recent(now) if not known or failure.source == source]
        if len(counted) < MOST_FAILURES:
            return 0
        return math.ceil((counted[-MOST_FAILURES] + WINDOW - now).total_seconds())

    def failed(self, source: str, now: datetime) -> Self:
        """The same after one more failure."""
        return self._next(failures=(*self._recent(now), Failure(at=now, source=source)))

    def succeeded(self, source: str, now: datetime) -> Self:
        """The same after a success: its address is familiar from now on. Failures are not forgiven, they pass."""
        latest = sorted({**self.familiar, source: now}.items(), key=lambda seen: seen[1])[-MOST_FAMILIAR:]
        return self._next(failures=self._recent(now), familiar=dict(latest))

    def _recent(self, now: datetime) -> tuple[Failure, ...]:
        return tuple(failure for failure in self.failures if now < failure.at + WINDOW)

    def _next(self, **fields: object) -> Self:
        return self.changed(**fields, version=self.version + 1)

    @property
    def forgotten(self) -> datetime | None:
        """When the record can be deleted; None where there is nothing in it."""
        ends = [failure.at + WINDOW for failure in self.failures] + [seen + FAMILIAR for seen in self.familiar.values()]
        return max(ends, default=None)
