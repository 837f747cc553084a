"""Fixture: runs operator commands on an empty AWS in memory."""

from __future__ import annotations

import pytest

from tests.operator.console import Console


@pytest.fixture
def muster(cloud: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Console:
    return Console(capsys)
