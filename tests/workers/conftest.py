"""Fixtures: a Thingsee world with prepared things."""

from __future__ import annotations

import pytest

from tests.workers.prepared import PreparedThings, prepared_things


@pytest.fixture
def thingsee_world(cloud: dict[str, str]) -> PreparedThings:
    """An organization with things and an API client."""
    return prepared_things()
