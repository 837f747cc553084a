"""Jobs that export devices."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

from fleet.access import EVERYWHERE
from fleet.bulk import export_devices
from fleet.bulk.order import Asker, enqueue
from tests.harness.wegnology_world import WegnologyWorld

BASE = "https://fleet.example.com"


def accept(world: WegnologyWorld, query: Any = None, format: str = "csv", **asker: Any) -> str:
    what = {"query": query or {}, "format": format}
    return enqueue(EVERYWHERE, world.organization.id, export_devices.EXPORT.name, what, Asker("ada", BASE, **asker), datetime.now(UTC)).id


def table(content: bytes) -> list[dict[str, str]]:
    """The lines of a CSV file, by the names of its columns."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
