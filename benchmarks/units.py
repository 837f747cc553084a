"""Requests and capacity units of every route, in a small fleet and a large one."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from benchmarks.cloud import cloud, world
from tests.suite.cost import Cost, cost
from tests.suite.routes import every_route

SMALL, LARGE = 100, 20_000


def measure() -> dict[str, dict[str, Any]]:
    """The cost of each route in each fleet."""
    sizes = {size: _costs(size) for size in (SMALL, LARGE)}
    return {name: {str(size): asdict(sizes[size][name]) for size in sizes} for name in sizes[SMALL]}


def _costs(size: int) -> dict[str, Cost]:
    found = {}
    with cloud():
        begun = time.monotonic()
        made = world(size)
        print(f"  a fleet of {size:,} loaded in {time.monotonic() - begun:.0f} s")
        for entry in every_route():
            cost(made, entry)  # reads again what a warm container has: keys that it holds in memory expire while a large fleet is loaded
            found[entry.route.name] = cost(made, entry)
    return found
