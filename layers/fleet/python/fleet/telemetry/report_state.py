"""Takes what devices say of their state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from fleet.access import Reach
from fleet.errors import Invalid, Place, Problem
from fleet.grants import uses
from fleet.registry.device import Device
from fleet.telemetry.counts import Counts
from fleet.telemetry.device_state import LONGEST, Scalar, StateReport, fits, is_too_long
from fleet.telemetry.device_states import AHEAD, DeviceStates
from fleet.times import unix_ms

MOST_REPORTS, MOST_VALUES = 100, 1000
"""Reports, and values in all of them, that are taken at once."""
Said = tuple[datetime, Mapping[str, Scalar]]
"""The time and the values of one report, as a device sends it."""


def judged(device: Device, said: Sequence[Said], arrival: int, now: datetime, place: Callable[[int], Place]) -> list[StateReport]:
    """Reports of a device, as far as they name attributes that it has; others are left out, as are reports of nothing else.

    Each has a place in the order of arrival behind those before it: `arrival` is that of the first. Invalid for a value that is
    not of its attribute's type or is too long, and a time that is too far ahead; `place` is where a report with this number is.
    """
    problems = list(_problems(device, said, now, place))
    if problems:
        raise Invalid(*problems)
    known = {attribute.name for attribute in device.attributes}
    reports = [
        StateReport(unix_ms(at), arrival + number, {name: values[name] for name in values if name in known}, device.version)
        for number, (at, values) in enumerate(said)
    ]
    return [report for report in reports if report.values]


def _problems(device: Device, said: Sequence[Said], now: datetime, place: Callable[[int], Place]) -> Iterator[Problem]:
    types = {attribute.name: attribute.data_type for attribute in device.attributes}
    if len(said) > MOST_REPORTS or sum(len(values) for _, values in said) > MOST_VALUES:
        yield Problem((), f"must have at most {MOST_REPORTS} reports and {MOST_VALUES} values")
        return
    for number, (at, values) in enumerate(said):
        if at > now + AHEAD - timedelta(days=1):
            yield Problem((*place(number), "time"), "is too far ahead")
        for name, value in values.items():
            if name in types and not fits(value, types[name]):
                yield Problem((*place(number), "data", name), f"must be a value of the attribute's type ({types[name]})")
            elif name in types and is_too_long(value):
                yield Problem((*place(number), "data", name), f"must have at most {LONGEST} bytes")


@uses(DeviceStates.add, Counts.add)
def store(reach: Reach, device: Device, reports: Sequence[StateReport], now: datetime, occasion: str = "", **counted: int) -> None:
    """Store reports of a device, and count them once for an occasion, with what else is `counted` (`fleet.telemetry.counts.COUNTERS`)."""
    if reports:
        DeviceStates.add(reach, device.organization, device.id, reports)
        Counts.add(reach, device.organization, device.id, now, occasion, deviceState=len(reports), **counted)
