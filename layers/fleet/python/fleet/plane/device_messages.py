"""States of devices, as their gateways bring them (device-plane.md 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from fleet.ids import ANY_HEX_ID
from fleet.plane.status import Reported, Utc
from fleet.shown import Shown
from fleet.telemetry.report_state import MOST_REPORTS


class ReportedState(Reported):
    """Values of a device's attributes at one time; without an id of the gateway itself, without a time of the message's."""

    device: Annotated[str, StringConstraints(pattern=ANY_HEX_ID, to_lower=True), Shown()] | None = Field(default=None, alias="deviceId")
    time: Utc | None = None
    data: Mapping[str, str | int | float | bool]


class ReportedStates(Reported):
    """The states in a message, as they came: each is judged by itself."""

    states: Annotated[list[Annotated[Any, Shown(ReportedState)]], Field(max_length=MOST_REPORTS)]
