"""Requests, read units and processor time of lists that look through a whole fleet, whose directory is there without its devices."""

from __future__ import annotations

import math
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
from tests.harness.call import Context, event_of
from tests.harness.directories import device_rows, packed
from tests.harness.fleet import Fleet
from tests.harness.meter import Meter
from tests.harness.wegnology_world import WegnologyWorld

SIZES = (1_000, 20_000, 100_000)
PAGE = 20
BY_CREATION = "by creation"
REQUESTS, UNITS, MILLISECONDS = 3, 12.0, 4.0
"""The budgets: requests beyond one for each MB of directory; read units and processor time of each further 1,000 devices."""
REQUESTS_BY_CREATION, SPINE = 4, 5
"""Of a page in the order of creation: its requests, and the read units that the larger spine of 100,000 devices may cost it."""
_TAGS = '{"$or":[{"tags":{"site":"site 3"}},{"tags":{"floor":"4"}}]}'


def calls(size: int) -> Iterator[tuple[str, Entry, Mapping[str, str]]]:
    """What is measured among so many devices: a name, the route, and the query."""
    pages = {"first page": 0, "page 50": 49, "last page": size // PAGE - 1}
    for order, asked in (("by name", {}), (BY_CREATION, {"sortField": "creationDate"})):
        for name, page in pages.items():
            yield f"get_devices {order}, {name}", get_devices, {**asked, "page": str(page), "perPage": str(PAGE)}
    yield "get_devices, one of two tags", get_devices, {"query": _TAGS}
    yield "get_tag_keys", get_tag_keys, {}


def measure() -> dict[str, Any]:
    """Requests, read units and processor time of the calls, by their names and the number of devices; and the directories' MB."""
    found: dict[str, Any] = {}
    for size in SIZES:
        megabytes, recordings, at = _recorded(size)
        found.setdefault("megabytes", {})[str(size)] = megabytes
        with timing.stand_in() as aws:
            for recording, cost in recordings:
                times = timing.warm(aws, recording, at, children=1)
                found.setdefault("calls", {}).setdefault(recording.name, {})[str(size)] = {**cost, "milliseconds": times.get("route")}
    return found


def _recorded(size: int) -> tuple[float, list[tuple[Recording, dict[str, float]]], datetime]:
    with cloud():
        world = WegnologyWorld.of(Fleet())
        items = packed(device_row.THERE, world.organization.id, device_rows(size))
        for item in items:
            clients.dynamodb().put_item(TableName=os.environ["FLEET_TABLE"], Item=item)
        path, at = {"applicationId": world.organization.id}, datetime.now(UTC)
        recordings = []
        for name, entry, query in calls(size):
            event = event_of(entry, path, query=query, headers=world.bearer())
            recording = record_call(name, entry, event)
            with Meter() as meter:
                entry(event, Context())
            requests = [call for call in recording.calls if call.service != "secretsmanager"]  # whose answers a warm container keeps
            recordings.append((recording, {"requests": len(requests), "reads": meter.reads}))
        return sum(len(item["packed"]["B"]) for item in items) / 2**20, recordings, at


def text(results: Mapping[str, Any]) -> Iterator[str]:
    """The results as a table, and how many of them are within the budgets."""
    yield "| list | " + " | ".join(f"{size:,} devices: requests, RRU, ms" for size in SIZES) + " | each further 1,000: RRU, ms |"
    yield "|---" * (len(SIZES) + 2) + "|"
    for name, sizes in results["calls"].items():
        cells = [sizes[str(size)] for size in SIZES]
        shown = (f"{each['requests']}, {each['reads']:g}, {_rounded(each['milliseconds'])}" for each in cells)
        yield f"| {name} | {' | '.join(shown)} | {_rounded(further(sizes, 'reads'))}, {_rounded(further(sizes, 'milliseconds'))} |"
    yield ""
    for budget, held in _held(results).items():
        yield f"* {budget}: {sum(held)} of {len(held)}"


def further(sizes: Mapping[str, Any], what: str) -> float | None:
    """What each 1,000 devices more cost, between the smallest and the largest number; None: it was not measured."""
    least, most = (sizes[str(size)][what] for size in (SIZES[0], SIZES[-1]))
    return None if least is None or most is None else (most - least) * 1000 / (SIZES[-1] - SIZES[0])


def _held(results: Mapping[str, Any]) -> dict[str, list[bool]]:
    """Whether each budget holds, for each call that has it."""
    calls, megabytes = results["calls"], results["megabytes"]
    pages = {name: sizes for name, sizes in calls.items() if BY_CREATION in name}
    whole = {name: sizes for name, sizes in calls.items() if name not in pages}
    return {
        f"requests of a page by creation, at most {REQUESTS_BY_CREATION} and the same among all numbers of devices": [
            len({each["requests"] for each in sizes.values()}) == 1 and sizes[str(SIZES[0])]["requests"] <= REQUESTS_BY_CREATION
            for sizes in pages.values()
        ],
        f"read units of a page by creation, the same but for the spine (at most {SPINE} more)": [
            _spread([each["reads"] for each in sizes.values()]) <= SPINE for sizes in pages.values()
        ],
        f"requests of others, at most {REQUESTS} and one for each MB of directory": [
            each["requests"] <= REQUESTS + math.ceil(megabytes[size]) for sizes in whole.values() for size, each in sizes.items()
        ],
        f"read units of each further 1,000 devices, at most {UNITS:g}": [_within(sizes, "reads", UNITS) for sizes in whole.values()],
        f"milliseconds of each further 1,000 devices, at most {MILLISECONDS:g}": [
            _within(sizes, "milliseconds", MILLISECONDS) for sizes in whole.values()
        ],
    }


def _within(sizes: Mapping[str, Any], what: str, budget: float) -> bool:
    cost = further(sizes, what)
    return cost is not None and cost <= budget


def _spread(numbers: list[float]) -> float:
    return max(numbers) - min(numbers)


def _rounded(number: float | None) -> str:
    return "-" if number is None else f"{number:.1f}" if number < 100 else f"{number:.0f}"
