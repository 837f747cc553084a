"""Shelves in a table in memory."""

from __future__ import annotations

import pytest

from tests.edge import shelves


@pytest.fixture
def stock(cloud: dict[str, str]) -> None:
    """Shelves with books on them, and cards: `all` grants every scope, `none` no scope, `north` all for what is there."""
    shelves.fill()
    shelves.card("all", "view", "add", "change", "delete", "patch")
    shelves.card("none")
    shelves.card("north", "view", "add", "change", "delete", "patch", places=["north"])
