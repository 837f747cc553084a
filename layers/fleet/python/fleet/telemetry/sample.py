"""What a gateway's radio did in ten minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

BUCKET = timedelta(minutes=10)


@dataclass(frozen=True)
class Sample:
    """One bucket, named by its start: mean signal strength (dBm) and ratio (dB) of the packets heard, and packets either way."""

    bucket: datetime
    rssi: float | None
    snr: float | None
    uplink: int
    downlink: int

    @property
    def values(self) -> dict[str, float]:
        """The values by metric; there is no signal without a packet."""
        values = {"rssi": self.rssi, "snr": self.snr, "uplink": self.uplink, "downlink": self.downlink}
        return {name: value for name, value in values.items() if value is not None}
