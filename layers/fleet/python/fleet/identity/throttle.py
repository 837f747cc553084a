"""Failed attempts to prove who one is, counted for one name or one address."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Self

from fleet.values import Value

MOST = 10
WINDOW = timedelta(minutes=5)
"""Ten failures in five minutes, then a wait (thingsee.md 2)."""


class Failures(Value):
    """The failures of the last minutes. `version` lets them be counted one after the other."""

    version: int = 0
    at: tuple[datetime, ...] = ()

    def wait(self, now: datetime) -> int:
        """Seconds until another attempt is allowed; 0 when it is now."""
        counted = self._recent(now)
        return 0 if len(counted) < MOST else math.ceil((counted[-MOST] + WINDOW - now).total_seconds())

    def another(self, now: datetime) -> Self:
        """The same after one more failure."""
        return self.changed(at=(*self._recent(now), now), version=self.version + 1)

    def _recent(self, now: datetime) -> tuple[datetime, ...]:
        return tuple(at for at in self.at if now < at + WINDOW)
