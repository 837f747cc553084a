"""A route's AWS requests have a budget and do not grow with the fleet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from edge.entry import Entry
from muster.entries import dialects
from tests.harness.aws import aws_in_memory
from tests.harness.fleet import Fleet
from tests.harness.sizes import size
from tests.suite.cost import Cost, cost
from tests.suite.dialect import budget, profile, records_use
from tests.suite.routes import every_route, name
from tests.suite.world import World

pytestmark = pytest.mark.slow  # creating the two fleets takes longer than calling all routes
SMALL, LARGE = 10, size(100, 400)
RECORDED = Cost(requests=1, reads=0, writes=1)
"""What it costs to record that a credential is used."""
ROW = 0.125
"""Read units of a device that changed lately, for who looks through all of them."""
HERE, PLACES = 5, 4
"""Devices beside those that routes are called with, and places of the others."""


def _costs(size: int, *, unused: bool = False) -> dict[str, Cost]:
    with pytest.MonkeyPatch.context() as patch, aws_in_memory(patch):
        world = World.make(Fleet()).ready(*every_route())
        world.surround(size, HERE, PLACES)
        entries = records_use() if unused else every_route()
        return {name(entry): cost(world, entry, unused=unused) for entry in entries}


@pytest.fixture(scope="module")
def small() -> Mapping[str, Cost]:
    """The cost of each route among ten devices."""
    return _costs(SMALL)


@pytest.fixture(scope="module")
def large() -> Mapping[str, Cost]:
    """The cost of each route among a hundred devices."""
    return _costs(LARGE)


@pytest.fixture(scope="module")
def unused() -> Mapping[str, Cost]:
    """The cost of each route among ten devices, with a credential that has not been used for a while."""
    return _costs(SMALL, unused=True)


@pytest.mark.parametrize("entry", records_use(), ids=name)
def test_the_first_use_of_a_credential_costs_one_request_and_one_unit_more(
    entry: Entry, small: Mapping[str, Cost], unused: Mapping[str, Cost]
) -> None:
    assert unused[name(entry)] == small[name(entry)].and_(RECORDED)


@pytest.mark.parametrize("entry", every_route(), ids=name)
def test_every_route_keeps_its_budget_and_costs_the_same_amid_ten_and_a_hundred(
    entry: Entry, small: Mapping[str, Cost], large: Mapping[str, Cost]
) -> None:
    if entry.route.name in profile(entry.route.dialect).grow:
        more = large[name(entry)].reads - small[name(entry)].reads
        assert large[name(entry)] == replace(small[name(entry)], reads=small[name(entry)].reads + more)
        assert more <= (LARGE - SMALL) * len(dialects()) * ROW
    else:
        assert large[name(entry)] == small[name(entry)]
    if budget(entry) == 0:
        assert large[name(entry)] == Cost(requests=0, reads=0, writes=0)
        return
    assert 1 <= large[name(entry)].requests <= budget(entry), (
        f"{large[name(entry)].requests} requests of AWS: 1 reads by id, 2 a page where the route's name begins with list_, 3 write. "
        f"Where another number is right, say it in `budgets` of tests/suite/{entry.route.dialect}.py"
    )
    assert large[name(entry)].reads > 0
    if entry.route.method == "GET":
        assert large[name(entry)].writes == 0
    elif entry.route.security:
        assert large[name(entry)].writes > 0
