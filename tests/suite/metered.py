"""A route's good call, metered, and undone: so one world serves for every route."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from edge.route import Entry
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
    """What the good call of a route costs a container that has served others before."""
    world.ready(entry)
    with undone(world) as meter, Recorder() as recorder:
        answer = world.call(entry)
        assert answer.status == entry.route.status, (entry.route.name, answer)
        return Cost(len(recorder.requests), meter.reads, meter.writes)


@contextmanager
def undone(world: World) -> Iterator[Meter]:
    """Have the tables, and the codes that people have used, afterwards as they were before."""
    person = vars(world).get("person")
    last = person.last if person else 0
    with Meter() as meter:
        yield meter
    meter.undo()
    if person:
        person.last = last
