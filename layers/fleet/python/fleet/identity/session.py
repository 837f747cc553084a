"""Sessions of the console."""

from __future__ import annotations

from datetime import datetime, timedelta

from fleet.values import Value

LIFE = timedelta(hours=1)
"""How long a session lasts (wisdm.md 10.1)."""


class Session(Value):
    """A session of a user, good while the user is of this `generation`. `hash` is the keyed hash of its token's secret part."""

    user: str
    generation: int
    hash: str
    created: datetime
    expires: datetime
