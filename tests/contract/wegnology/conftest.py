"""Fixtures: an application with devices, and another one, restored for every test; an empty one; a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.contract.wegnology.application import NOW, Application
from tests.harness.fleet import Fleet
from tests.harness.wegnology_world import WegnologyWorld


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The time stands still; a test may move it."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(fleet: Fleet) -> WegnologyWorld:
    """An application without devices."""
    return WegnologyWorld.of(fleet)


@pytest.fixture
def applications(cloud: dict[str, str]) -> tuple[Application, Application]:
    return Application.fresh()


@pytest.fixture
def application(applications: tuple[Application, Application]) -> Application:
    return applications[0]


@pytest.fixture
def other(applications: tuple[Application, Application]) -> Application:
    return applications[1]
