"""Fixtures: a Thingsee world with prepared things, an application of WEGnology, a gateway, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.harness.fleet import Fleet, Hardware
from tests.harness.receiver import Receiver, receiving
from tests.harness.wegnology_world import WegnologyWorld
from tests.workers.messages import NOW
from tests.workers.prepared import PreparedThings, gateway_in_location, prepared_gateway, prepared_things


@pytest.fixture
def thingsee_world(cloud: dict[str, str]) -> PreparedThings:
    """An organization with things and an API client."""
    return prepared_things()


@pytest.fixture
def world(fleet: Fleet) -> WegnologyWorld:
    """An application without devices."""
    return WegnologyWorld.of(fleet)


@pytest.fixture
def hardware(cloud: dict[str, str]) -> Hardware:
    """A gateway in a location."""
    return prepared_gateway(gateway_in_location)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The time stands still; a test may move it."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A web server that takes what is posted to it."""
    with receiving() as made:
        yield made
