"""Sends a command to the devices that are chosen by ids, tags or a query: in the request, or by a job."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from fleet.access import Reach
from fleet.aws.reads import every, fetch
from fleet.aws.writes import transact
from fleet.bulk.order import SYNC_TIME, most_at_once
from fleet.bulk.select_devices import select
from fleet.bulk.walk import remaining
from fleet.commands.device_command import DeviceCommand
from fleet.errors import TooMany
from fleet.grants import uses
from fleet.jobs.job import Result
from fleet.jobs.jobs import Jobs
from fleet.jobs.run import JobKind, Run
from fleet.lifecycle import command_devices
from fleet.query.filters import TagSelector, listed, tagged
from fleet.query.parse import parse
from fleet.query.selection import Selection, union
from fleet.registry.device import Device
from fleet.registry.device_row import DeviceRow
from fleet.registry.devices import Devices
from fleet.values import Value

READ_AT_ONCE = 100


class Audience(Value):
    """The devices that are meant: with one of these ids, or a tag that fits one of the selectors (key and value; None: any), or that the
    query means. Of these only the `visible` ones, where that is not None.
    """

    ids: tuple[str, ...] = ()
    tags: tuple[tuple[str | None, str | None], ...] = ()
    query: Mapping[str, Any] | None = None
    visible: tuple[str, ...] | None = None

    @property
    def needs_directory(self) -> bool:
        """Whether more has to be known of devices than their ids."""
        return bool(self.tags) or self.query is not None

    @property
    def named(self) -> Sequence[str]:
        """The ids that are given, as far as they are visible, each once."""
        given = dict.fromkeys(self.ids)
        return list(given) if self.visible is None else [id for id in self.visible if id in given]

    @property
    def selection(self) -> Selection:
        """All that are meant, by their rows."""
        tags = tagged(TagSelector(*parts) for parts in self.tags)
        queries = [] if self.query is None else [parse(self.query)]
        meant = union(listed(self.ids), tags, *queries, place=("deviceQuery",) if queries else ("deviceTags",))
        if self.visible is None:
            return meant
        seen = frozenset(self.visible)
        return Selection(lambda row, connection: row.id in seen and meant.test(row, connection), meant.needs_connections, place=meant.place)


def what(audience: Audience, command: DeviceCommand) -> Mapping[str, Any]:
    """What a job COMMAND is about."""
    return {"audience": audience.model_dump(mode="json"), "command": command.model_dump_json()}


@uses(select)
def chosen(reach: Reach, organization: str, audience: Audience, now: datetime) -> Sequence[str]:
    """The ids of the devices that are meant. The directory is read where more than ids are given, or there are too many of these."""
    if not audience.needs_directory and len(audience.named) <= most_at_once():
        return audience.named
    return [row.id for row in select(reach, organization, audience.selection, now)]


@uses(Devices.by_id, command_devices.send)
def command_now(reach: Reach, organization: str, ids: Sequence[str], command: DeviceCommand, patience: float = SYNC_TIME) -> None:
    """Send a command to these devices, as far as they are there. TooMany when it takes longer than `patience`: some have it then."""
    end = time.monotonic() + patience
    for number, devices in enumerate(_read(reach.within(organization), ids, READ_AT_ONCE)):
        if number and time.monotonic() > end:
            raise TooMany("It takes too long for all devices at once: some have got the command")
        command_devices.send(reach, devices, command)


def _read(reach: Reach, ids: Sequence[str], portion: int) -> Iterator[list[Device]]:
    rest = iter(ids)
    while some := list(islice(rest, portion)):
        yield [device for device in fetch(reach, every({id: Devices.by_id(id).optional() for id in some})).values() if device]


@uses(select, Devices.by_id, Jobs.step_writes, command_devices.queues_of, command_devices.command_writes)
def _command(run: Run) -> Result | None:
    """Each step is the commands of some devices and the job's cursor: each device is commanded once, wherever the job is interrupted."""
    job, command = run.job, DeviceCommand.model_validate_json(run.job.what["command"])
    audience = Audience.model_validate(job.what["audience"])
    left = remaining(job, select(run.reach, job.organization, audience.selection, run.now))
    portion = command_devices.at_once(command)
    for first in range(0, len(left), portion):
        if run.is_over:
            return None
        _step(run, left[first : first + portion], command)
    return Result({"sent": run.job.counts.get("sent", 0)})


def _step(run: Run, rows: Sequence[DeviceRow], command: DeviceCommand) -> None:
    (devices,) = _read(run.reach.within(run.job.organization), [row.id for row in rows], len(rows))
    through = command_devices.queues_of(run.reach, devices)
    log = [{"id": device.id, "name": device.name, "status": "sent"} for device in devices]
    after, writes = run.step_writes(rows[-1].order, {"sent": len(devices)}, log)
    transact([write for device in devices for write in command_devices.command_writes(run.reach, device, command, through)] + writes)
    run.took(after)


COMMAND = JobKind("devices.command", "Send a command to devices", _command)
