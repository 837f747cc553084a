"""What is known of a thing (thingsee.md 3.4)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Self

from pydantic import ConfigDict

from edge.shape import Strict
from fleet.alerts.state import ThingState
from thingsee.shapes.times import UnixTime


class Place(Strict):
    lat: float
    lon: float


class Information(Strict):
    """All members are there always; null is what is not known."""

    battery_level: int | None = None
    timestamp: UnixTime | None = None
    location: Place | None = None
    gateway_tuid: str | None = None
    version: str | None = None


class InformationOut(Strict):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "data": {
                        "battery_level": 86,
                        "timestamp": 1767608100,
                        "location": {"lat": 60.17, "lon": 24.94},
                        "gateway_tuid": "TSGW02A1B2C3D4E01",
                        "version": "2025.11.3_pod4",
                    }
                }
            ]
        }
    )

    data: Information

    @classmethod
    def of(cls, state: ThingState, place: Mapping[str, float] | None) -> Self:
        battery, relay = state.reading("battery"), state.reading("relay")
        return cls(
            data=Information(
                battery_level=None if battery is None else math.floor(battery + 0.5),
                timestamp=None if state.newest is None else int(state.newest),
                location=None if place is None else Place(**place),
                gateway_tuid=relay["tuid"] if relay else None,
                version=state.reading("software") or state.reading("binary"),
            )
        )
