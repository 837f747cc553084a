"""The solar battery of a simulated gateway: it fills by day and drains by night."""

from __future__ import annotations

import math
from typing import Any

FULL = 50_000
"""Capacity in mAh."""
_DAY = 86_400
_MIDDLE, _SWING = 65.0, 30.0
"""State of charge, percent: its mean, and how far a day takes it up and down."""
_FULL_FROM = 94
_PEAK = _SWING / 100 * FULL * math.tau / 24
"""The current, in mA, at which the charge changes fastest."""


def report(at: float, age_days: int) -> dict[str, Any]:
    """A battery report for a time (Unix seconds) and an age in days."""
    angle = math.tau * (at % _DAY / _DAY - 0.375)
    charge, health = _MIDDLE + _SWING * math.sin(angle), max(70, 100 - age_days // 90)
    full = FULL * health // 100
    is_full = charge >= _FULL_FROM
    current = 0 if is_full else round(_PEAK * math.cos(angle))
    mode = "FULLY_CHARGED" if is_full else "DISCHARGING" if current < 0 else "CHARGING"
    return {
        "temperature": round(12 + 8 * math.sin(angle)),
        "voltage": round(21.5 + charge * 0.055 + current / 10_000, 2),
        "soc": round(charge),
        "current": current,
        "soh": health,
        "cycles": age_days,
        "remainCapacity": round(full * charge / 100),
        "fullChargeCapacity": full,
        "mode": mode,
    }
