"""The worker of jobs has exactly the permissions that jobs of all kinds use together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.bulk import bulk_command, bulk_patch, count_payloads, export_devices, remove_data, retire_devices
from fleet.bulk.bulk_command import Audience
from fleet.bulk.order import Asker, enqueue
from fleet.commands.device_command import DeviceCommand
from fleet.edits.operations import RenameAttribute, SetField
from fleet.edits.patch import Patch
from fleet.grants import Grant
from fleet.jobs.jobs import Jobs
from fleet.jobs.run import JobKind
from fleet.registry.connection import Change
from fleet.telemetry.connections import Connections
from fleet.telemetry.device_states import EVER
from functions.workers.job.step import handler
from tests.harness.aws import forget
from tests.harness.fleet import Fleet
from tests.harness.jobs import job, work
from tests.harness.recorder import Recorder, differences
from tests.suite.wegnology import Wegnology, folded

ALL: Mapping[str, Any] = {"query": {"connectionStatus": {"$ne": "unknown"}}}
RENAME = Patch(operations=(RenameAttribute(name="flow", to="rate"),))
DESCRIBE = Patch(operations=(SetField(field="notes", value="North hall"),))
TIME = {"start": 0, "end": EVER}
EVERYTHING = {**TIME, "attributes": None, "keepConnectionHistory": False, "keepCommandHistory": False}
ASKER = Asker("ada", "https://fleet.example.com", callback="https://example.com/done", email="ada@example.com")


def order(seeds: Wegnology, kind: JobKind, what: Mapping[str, Any]) -> str:
    return enqueue(EVERYWHERE, seeds.organization.id, kind.name, what, ASKER, datetime.now(UTC)).id


def used_by(seeds: Wegnology) -> set[Grant]:
    """What the worker uses when it does all jobs of the organization that are open, and those that follow, each as in a new container."""
    used: set[Grant] = set()
    while open := [id for id in Jobs.of_organization(EVERYWHERE, seeds.organization.id) if job(id).open]:
        for id in open:
            forget()
            with Recorder() as recorder:
                assert work(id)
            used |= recorder.grants
    return used


@pytest.mark.usefixtures("aws_requests")
def test_jobs_of_all_kinds(fleet: Fleet) -> None:
    seeds, now = Wegnology(fleet, fleet.organization()), datetime.now(UTC)
    Connections.add(EVERYWHERE, seeds.organization.id, seeds.pump.id, Change(int(now.timestamp() * 1000), True))
    out = Patch(operations=(SetField(field="parent", value=None),))
    through = Patch(operations=(SetField(field="gateway", value=seeds.gateway.id),))
    steps: list[tuple[JobKind, Mapping[str, Any]]] = [
        (bulk_patch.PATCH_KIND, bulk_patch.what(RENAME, None, ALL["query"])),
        (bulk_patch.PATCH_KIND, bulk_patch.what(DESCRIBE, None, {})),
        (bulk_patch.PATCH_KIND, bulk_patch.what(out, [seeds.inner.id], {})),
        (bulk_patch.PATCH_KIND, bulk_patch.what(through, [seeds.pump.id], {})),
        (bulk_command.COMMAND, bulk_command.what(Audience(query={}), DeviceCommand(id="open", name="open", time=now, accepted=now))),
        (export_devices.EXPORT, {**ALL, "format": "csv"}),
        (count_payloads.COUNT, {**ALL, **TIME, "end": 1}),
        (remove_data.REMOVE, {**ALL, **EVERYTHING}),
        (retire_devices.DELETE, ALL),
        (retire_devices.RESTORE, ALL),
    ]
    used: set[Grant] = set()
    for kind, what in steps:
        order(seeds, kind, what)
        used |= used_by(seeds)
    for kind in (retire_devices.DELETE, retire_devices.RESTORE):
        with folded(seeds), Recorder() as recorder:
            assert not work(order(seeds, kind, ALL))
        used |= recorder.grants
    assert differences(used, handler.worker.grants) == []
