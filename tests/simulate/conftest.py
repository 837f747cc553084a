"""Fixtures: a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.workers.messages import NOW


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The time stands still; a test may move it."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller
