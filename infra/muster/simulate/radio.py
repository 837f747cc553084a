"""What a played gateway hears: more by day than by night, weaker when it is busy; the same for a gateway on each run."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta
from typing import Any

BUCKET = timedelta(minutes=10)
HISTORY = timedelta(days=1)
"""As much as a message may hold (device-plane.md 3)."""


def bucket_of(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 10 * 10, second=0, microsecond=0)


class Radio:
    """What one gateway hears, bucket by bucket; each is told once it is over.

    `ran`: for how long it is to have run before, whose buckets are told at first.
    """

    def __init__(self, sn: str, ran: timedelta = HISTORY) -> None:
        self._sn, self._ran = sn, ran
        self._told: datetime | None = None

    def due(self, now: datetime) -> list[dict[str, Any]]:
        """The buckets that are over and were not told yet, a day of them at most."""
        end = bucket_of(now)
        start = max(self._told or end - self._ran, end - HISTORY)
        self._told = end
        return [sample(self._sn, start + number * BUCKET) for number in range((end - start) // BUCKET)]


def sample(sn: str, bucket: datetime) -> dict[str, Any]:
    """The radio in a bucket."""
    chance = random.Random(f"{sn} {bucket.isoformat()}")
    noon = math.cos((bucket.hour * 60 + bucket.minute - 13 * 60) / (12 * 60) * math.pi)
    heard = round(70 + 50 * noon + chance.uniform(-12, 12))
    rssi, snr = -96 - 4 * noon + chance.uniform(-2, 2), 7 - 1.5 * noon + chance.uniform(-1, 1)
    return {
        "bucket": f"{bucket:%Y-%m-%dT%H:%M:%SZ}",
        "rssiAvg": round(rssi, 1),
        "snrAvg": round(snr, 1),
        "uplink": heard,
        "downlink": heard // 12,
    }
