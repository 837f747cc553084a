"""A route's good call, metered, and undone: so one world serves for every route."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from edge.entry import Entry
from tests.harness.meter import Meter
from tests.harness.recorder import Recorder
from tests.suite.world import World


@dataclass(frozen=True)
class Cost:
    """What one call took: requests to AWS, DynamoDB's read units and write units."""

    requests: int
    reads: float
    writes: int


def cost(world: World, entry: Entry) -> Cost:
    """What the good call of a route costs a container that has served others before; the world is ready."""
    with measured_world(world) as (calling, meter), Recorder() as recorder:
        answer = calling.call(entry)
        assert answer.status == entry.route.status, (entry.route.name, answer)
        return Cost(len(recorder.requests), meter.reads, meter.writes)


@contextmanager
def measured_world(world: World) -> Iterator[tuple[World, Meter]]:
    """A world to call routes in, and what it costs; world and tables are afterwards as they were before."""
    with Meter() as meter:
        yield world.fresh(), meter
    meter.undo()
