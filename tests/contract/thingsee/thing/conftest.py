"""Fixtures: the time at which messages arrive."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.workers.messages import NOW


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield
