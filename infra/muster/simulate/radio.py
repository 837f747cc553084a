"""Simulated radio traffic: more by day than by night, weaker signals when busy; reproducible for each gateway."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta
from typing import Any

BUCKET = timedelta(minutes=10)
HISTORY = timedelta(days=1)
"""The longest period that one message may cover (device-plane.md 3)."""


def bucket_of(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 10 * 10, second=0, microsecond=0)


class Radio:
    """The radio samples of one gateway, by bucket; each is reported once it is over.

    `ran` is how long the gateway is assumed to have run already; the buckets of that time are reported first.
    """

    def __init__(self, sn: str, ran: timedelta = HISTORY) -> None:
        self._sn, self._ran = sn, ran
        self._reported: datetime | None = None

    def due(self, now: datetime) -> list[dict[str, Any]]:
        """The buckets that are over and not yet reported, a day of them at most."""
        end = bucket_of(now)
        start = max(self._reported or end - self._ran, end - HISTORY)
        self._reported = end
        return [sample(self._sn, start + number * BUCKET) for number in range((end - start) // BUCKET)]


def sample(sn: str, bucket: datetime) -> dict[str, Any]:
    """The radio sample of a bucket."""
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
