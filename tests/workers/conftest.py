"""Fixtures: things that stand ready."""

from __future__ import annotations

import pytest

from tests.workers.prepared import Stock, fresh


@pytest.fixture
def field(cloud: dict[str, str]) -> Stock:
    """An organization with things, and a client that asks about them."""
    return fresh()
