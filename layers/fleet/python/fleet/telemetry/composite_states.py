"""Reads the newest state of the devices of a page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.access import Reach
from fleet.errors import Invalid, Problem
from fleet.grants import uses
from fleet.query import select_devices
from fleet.query.listing import Listing
from fleet.registry.device import DataType
from fleet.registry.device_row import DeviceRow
from fleet.telemetry.device_state import StateValue, fits
from fleet.telemetry.device_states import DeviceStates, TooMuch


@dataclass(frozen=True)
class CompositeStates:
    """The rows of a page of devices, the state of each by id and attribute, and how many devices there are on all pages."""

    rows: Sequence[DeviceRow]
    total: int
    states: Mapping[str, Mapping[str, StateValue]]


@uses(select_devices.page, DeviceStates.newest)
def composite_states(
    reach: Reach, organization: str, listing: Listing, attributes: Collection[str] | None, start: int, end: int, now: datetime
) -> CompositeStates:
    """The newest value of each attribute that a device has, of these or (None) of all, from one Unix ms to another, both included.

    A value of another type than the attribute has is left out: it was reported before the type changed. Invalid (`perPage`) where the
    page has more values than are read in a call's time: before these are read.
    """
    found = select_devices.page(reach, organization, listing, now)
    types: dict[str, dict[str, Any]] = {
        row.id: {name: type for name, type in row.attributes if attributes is None or name in attributes} for row in found.rows
    }
    try:
        states = DeviceStates.newest(reach, organization, types, start, end)
    except TooMuch:
        raise Invalid(Problem(("perPage",), "must be lower")) from None
    return CompositeStates(found.rows, found.total, {id: dict(_fitting(own, states[id])) for id, own in types.items()})


def _fitting(types: Mapping[str, DataType], states: Mapping[str, StateValue]) -> Iterator[tuple[str, StateValue]]:
    """The values that are of their attribute's type, in the order of the attributes."""
    return ((name, states[name]) for name, data_type in types.items() if name in states and fits(states[name].value, data_type))
