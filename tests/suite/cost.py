"""The cost of each route's valid call, undone afterwards so that one world serves for all."""

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
    """The cost of one call: AWS requests, DynamoDB's read and write units."""

    requests: int
    reads: float
    writes: int

    def and_(self, more: Cost) -> Cost:
        """What both cost together."""
        return Cost(self.requests + more.requests, self.reads + more.reads, self.writes + more.writes)


def cost(world: World, entry: Entry, *, unused: bool = False) -> Cost:
    """The cost of a route's valid call in a warm container; `unused`: with a credential that has not been used for a while."""
    with measured_world(world) as (calling, meter), Recorder() as recorder:
        if unused:
            calling.unused(entry)
            meter.clear()
            recorder.clear()
        answer = calling.call(entry)
        assert answer.status == entry.route.status, (entry.route.name, answer)
        return Cost(len(recorder.requests), meter.reads, meter.writes)


@contextmanager
def measured_world(world: World) -> Iterator[tuple[World, Meter]]:
    """A world for a measured call; its changes are undone afterwards."""
    with Meter() as meter:
        yield world.fresh(), meter
    meter.undo()
