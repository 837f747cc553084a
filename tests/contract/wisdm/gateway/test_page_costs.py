"""A page of a hundred gateways costs the same in small and large locations."""

from __future__ import annotations

import pytest

from functions.wisdm.gateway import list_status
from tests.harness.aws import aws_in_memory
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.harness.meter import Meter
from tests.harness.recorder import Recorder
from tests.suite.cost import Cost
from tests.suite.many_gateways import add


def _page(here: int) -> Cost:
    """The cost of a full page of a location with `here` gateways."""
    with pytest.MonkeyPatch.context() as patch, aws_in_memory(patch):
        fleet = Fleet()
        organization = fleet.organization()
        location = fleet.location(organization)
        add(organization, [location], [here])
        key = fleet.key(organization)
        with Meter() as meter, Recorder() as recorder:
            answer = call(list_status.handler, {"locationId": location.id}, key=key, query={"pageSize": "100"})
        assert len(answer.json["gateways"]) == 100
        assert "nextToken" in answer.json
        return Cost(len(recorder.requests), meter.reads, meter.writes)


def test_a_full_page_costs_the_same_of_a_location_with_more() -> None:
    assert _page(101) == _page(140)
