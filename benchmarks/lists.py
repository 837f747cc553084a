"""Processor time of lists that look through a whole fleet, whose directory is there without its devices."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from benchmarks import timing
from benchmarks.cloud import cloud
from benchmarks.recording import Recording, record_call
from edge.entry import Entry
from fleet.aws import clients
from fleet.registry import device_row
from functions.wegnology.devices.get import handler as get_devices
from functions.wegnology.devices.get_tag_keys import handler as get_tag_keys
from tests.contract.wegnology.lists import rows
from tests.harness.call import event_of
from tests.harness.directories import packed
from tests.harness.fleet import Fleet
from tests.harness.wegnology_world import WegnologyWorld

SIZES = (1_000, 20_000, 100_000)
_TAGS = '{"$or":[{"tags":{"hall":"h3"}},{"tags":{"hall":"h4"}}]}'


def calls(size: int) -> Iterator[tuple[str, Entry, Mapping[str, str]]]:
    """What is measured among so many devices: a name, the route, and the query."""
    yield "get_devices, first page", get_devices, {}
    yield "get_devices, page 50", get_devices, {"page": "49", "perPage": "20"}
    yield "get_devices, last page", get_devices, {"page": str(size // 100 - 1)}
    yield "get_devices, last page by creation", get_devices, {"sortField": "creationDate", "page": str(size // 100 - 1)}
    yield "get_devices, one of two tags", get_devices, {"query": _TAGS}
    yield "get_tag_keys", get_tag_keys, {}


def measure() -> dict[str, Any]:
    """Requests, and the warm times of the calls, by their names and the number of devices."""
    found: dict[str, Any] = {}
    for size in SIZES:
        recordings, at = _recorded(size)
        with timing.stand_in() as aws:
            for recording in recordings:
                found.setdefault(recording.name, {})[str(size)] = {
                    "requests": len(recording.calls),
                    "warm": timing.warm(aws, recording, at, children=1),
                }
    return found


def _recorded(size: int) -> tuple[list[Recording], datetime]:
    with cloud():
        world = WegnologyWorld.of(Fleet())
        for item in packed(device_row.THERE, world.organization.id, rows(size)):
            clients.dynamodb().put_item(TableName=os.environ["FLEET_TABLE"], Item=item)
        path, at = {"applicationId": world.organization.id}, datetime.now(UTC)
        return [
            record_call(name, entry, event_of(entry, path, query=query, headers=world.bearer())) for name, entry, query in calls(size)
        ], at


def text(results: Mapping[str, Any]) -> Iterator[str]:
    """The results as a table."""
    yield "| list | " + " | ".join(f"{size:,}: requests, warm ms, ÷ bare" for size in SIZES) + " |"
    yield "|---" * (len(SIZES) + 1) + "|"
    for name, sizes in results.items():
        cells = (sizes[str(size)] for size in SIZES)
        yield f"| {name} | " + " | ".join(f"{each['requests']}, {_times(each['warm'])}" for each in cells) + " |"


def _times(warm: Mapping[str, Any]) -> str:
    return f"{warm['route']:.0f}, {warm['route'] / warm['bare']:.2f}" if "route" in warm else str(warm.get("not measured", "-"))
