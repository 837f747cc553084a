"""What a route asks of AWS has a budget, and does not grow with the fleet around what it is about."""

from __future__ import annotations

import pytest

from tests.harness.aws import aws_in_memory
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.harness.meter import Meter
from tests.harness.recorder import Recorder
from tests.suite.crowd import fill
from tests.suite.metered import Cost, cost
from tests.suite.test_every_route import budget
from tests.suite.world import World, every_route

SMALL, LARGE = 10, 100
HERE = 5
"""Gateways that are always in the location that routes are called about."""


def _costs(patch: pytest.MonkeyPatch, size: int) -> dict[str, Cost]:
    with aws_in_memory(patch):
        world = _world(Fleet(), size)
        return {entry.route.name: cost(world, entry) for entry in every_route()}


def _world(fleet: Fleet, size: int) -> World:
    """A world amid a fleet that is spread over five locations."""
    world = World.make(fleet)
    around = [fleet.location(world.organization) for _ in range(4)]
    share, rest = divmod(size - HERE, 4)
    fill(world.organization, [world.location, *around], [HERE, share + rest, share, share, share])
    return world


def test_every_route_keeps_its_budget_and_costs_the_same_amid_ten_and_a_hundred() -> None:
    """One test, since the two fleets take longer to make than all routes to call."""
    with pytest.MonkeyPatch.context() as patch:
        small, large = _costs(patch, SMALL), _costs(patch, LARGE)
    assert {name: cost for name, cost in large.items() if cost != small[name]} == {}
    over = {entry.route.name: large[entry.route.name] for entry in every_route() if large[entry.route.name].requests > budget(entry)}
    assert over == {}
    assert large["register_gateway"].writes >= 2 * 5
    assert large["get_version"] == Cost(requests=1, reads=1, writes=0)


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
