"""What a route asks of AWS has a budget, and does not grow with the fleet around what it is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from edge.route import Entry
from tests.harness.aws import aws_in_memory
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.harness.meter import Meter
from tests.harness.recorder import Recorder
from tests.suite.crowd import fill
from tests.suite.test_every_route import budget
from tests.suite.world import World, every_route, name

SMALL, LARGE = 10, 100
HERE = 5
"""Gateways that are always in the location that routes are called about."""


@dataclass(frozen=True)
class Cost:
    """What one call took of a container that has served others before: requests, read units, write units."""

    requests: int
    reads: float
    writes: int


@pytest.fixture(scope="module")
def costs() -> Iterator[Mapping[int, Mapping[str, Cost]]]:
    """What each route costs, by the size of the fleet around it."""
    with pytest.MonkeyPatch.context() as patch:
        yield {size: _costs(patch, size) for size in (SMALL, LARGE)}


def _costs(patch: pytest.MonkeyPatch, size: int) -> dict[str, Cost]:
    with aws_in_memory(patch):
        world = _world(Fleet(), size)
        return {entry.route.name: _cost(world, entry) for entry in every_route()}


def _world(fleet: Fleet, size: int) -> World:
    """A world amid a fleet that is spread over five locations."""
    world = World.make(fleet)
    around = [fleet.location(world.organization) for _ in range(4)]
    share, rest = divmod(size - HERE, 4)
    fill(world.organization, [world.location, *around], [HERE, share + rest, share, share, share])
    return world


def _cost(world: World, entry: Entry) -> Cost:
    with Meter() as meter, Recorder() as recorder:
        assert world.call(entry).status == entry.route.status
    return Cost(len(recorder.requests), meter.reads, meter.writes)


@pytest.mark.parametrize("entry", every_route(), ids=name)
class TestEveryRoute:
    def test_requests_stay_within_the_budget_amid_a_hundred(self, entry: Entry, costs: Mapping[int, Mapping[str, Cost]]) -> None:
        assert costs[LARGE][entry.route.name].requests <= budget(entry)

    def test_costs_the_same_amid_ten_and_a_hundred(self, entry: Entry, costs: Mapping[int, Mapping[str, Cost]]) -> None:
        assert costs[SMALL][entry.route.name] == costs[LARGE][entry.route.name]


def test_something_was_metered(costs: Mapping[int, Mapping[str, Cost]]) -> None:
    assert costs[LARGE]["register_gateway"].writes >= 2 * 5
    assert costs[LARGE]["get_version"] == Cost(requests=1, reads=1, writes=0)


class TestPages:
    """A page of a hundred costs the same wherever it is taken from."""

    def test_a_full_page_costs_the_same_of_a_location_with_more(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            small, large = (self._page(patch, size) for size in (101, 140))
        assert small == large

    @staticmethod
    def _page(patch: pytest.MonkeyPatch, here: int) -> Cost:
        entry = next(each for each in every_route() if each.route.name == "list_gateway_status")
        with aws_in_memory(patch):
            fleet = Fleet()
            organization = fleet.organization()
            location = fleet.location(organization)
            fill(organization, [location], [here])
            key = fleet.key(organization)
            with Meter() as meter, Recorder() as recorder:
                answer = call(entry, {"locationId": location.id}, key=key, query={"pageSize": "100"})
            assert len(answer.json["gateways"]) == 100
            assert "nextToken" in answer.json
        return Cost(len(recorder.requests), meter.reads, meter.writes)
