"""Removes what is stored of devices in a time: their state, when they were connected, and what they were commanded. The devices stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fleet.access import Reach
from fleet.bulk.select_devices import select
from fleet.bulk.walk import remaining
from fleet.commands.device_commands import DeviceCommands
from fleet.grants import uses
from fleet.jobs.job import Result
from fleet.jobs.run import JobKind, Run
from fleet.query.parse import parse
from fleet.registry.device_row import DeviceRow
from fleet.telemetry.connections import Connections
from fleet.telemetry.device_states import DeviceStates

AT_ONCE = 25
"""Devices of a step."""
Piece = Callable[[], bool]
"""Removes a part of something; False when there is more: call it again."""


@uses(DeviceStates.drop, Connections.drop, DeviceCommands.drop)
def _pieces(reach: Reach, organization: str, device: str, what: Mapping[str, Any]) -> Iterator[Piece]:
    """What is removed of a device. Each may be repeated, also from its beginning."""
    start, end, attributes = what["start"], what["end"], what["attributes"]
    yield lambda: DeviceStates.drop(reach, organization, device, attributes, start, end)
    if attributes is None and not what["keepConnectionHistory"]:
        yield lambda: Connections.drop(reach, organization, device, start, end)
    if attributes is None and not what["keepCommandHistory"]:
        yield lambda: DeviceCommands.drop(reach, organization, device, start, end)


@uses(select, _pieces, Run.step)
def _remove(run: Run) -> Result | None:
    """Remove it of the devices that there were when the job was accepted, in order of creation.

    A step ends behind some devices. One that is done again finds little left to remove; what was removed of a device of which there is much
    stays removed, though no step ends in it.
    """
    rows = remaining(run.job, select(run.reach, run.job.organization, parse(run.job.what["query"]), run.now))
    done: list[DeviceRow] = []
    for row in rows:
        if not _remove_of(run, row):
            _end_step(run, done)
            return None
        done.append(row)
        if len(done) == AT_ONCE:
            _end_step(run, done)
            done = []
    _end_step(run, done)
    return Result({"updated": run.job.counts.get("updated", 0)})


def _remove_of(run: Run, row: DeviceRow) -> bool:
    """Remove it of one device; False when the call's time was up first."""
    for piece in _pieces(run.reach, run.job.organization, row.id, run.job.what):
        gone = False
        while not gone:
            if run.is_over:
                return False
            gone = piece()
    return True


def _end_step(run: Run, done: list[DeviceRow]) -> None:
    if done:
        log = [{"id": row.id, "name": row.name, "status": "updated"} for row in done]
        run.step(done[-1].order, {"updated": len(done)}, log)


REMOVE = JobKind("devices.removeData", "Remove data of devices", _remove)
