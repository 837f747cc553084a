"""Fixtures: runs operator commands on an empty AWS in memory, and a gateway of both APIs or a yard of devices in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.harness.fleet import Fleet
from tests.operator.console import Console
from tests.operator.shared_gateway import SharedGateway
from tests.operator.yard import Yard
from tests.workers.messages import NOW


@pytest.fixture
def muster(cloud: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Console:
    return Console(capsys)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands still at NOW until a test moves it."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def shared_gateway(clock: time_machine.Traveller, muster: Console, fleet: Fleet) -> SharedGateway:
    return SharedGateway(muster, fleet)


@pytest.fixture
def yard(fleet: Fleet) -> Yard:
    return Yard.of(fleet)
