"""The history of connections: a row each time that a device connects or leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from fleet.access import Reach
from fleet.aws import series_rows
from fleet.grants import ANY, needs
from fleet.registry.connection import Change


def _partition(device: str) -> str:
    return f"CONNECTIONS#{device}"


class Connections:
    """The history of connections (access-patterns.md CH1 to CH3)."""

    @staticmethod
    @needs("SeriesTable", "dynamodb:PutItem", keys=[_partition(ANY)])
    def add(reach: Reach, organization: str, device: str, change: Change) -> bool:
        """CH1: store a change once; False when it is there already."""
        reach.demand_change(organization, "Device")
        expires = series_rows.expiry(datetime.fromtimestamp(change.at / 1000, UTC))
        return series_rows.store(_partition(device), _sk(change.at, change.connected), {"ttl": expires}, "attribute_not_exists(pk)")

    @staticmethod
    @needs("SeriesTable", "dynamodb:Query", keys=[_partition(ANY)])
    def between(reach: Reach, organization: str, device: str, start: int, end: int) -> Iterator[Change]:
        """CH2: the changes from one Unix ms to another, both included, oldest first."""
        reach.demand(organization, "Device")
        for row in series_rows.read(_partition(device), _sk(start), f"{_sk(end)}~"):
            at, _, connected = row["sk"]["S"].partition("#")
            yield Change(int(at), connected == "1")

    @staticmethod
    @needs("SeriesTable", "dynamodb:Query", "dynamodb:BatchWriteItem", keys=[_partition(ANY)])
    def drop(reach: Reach, organization: str, device: str, start: int, end: int, limit: int = 2500) -> bool:
        """CH3: delete the changes from one Unix ms to another, both included: at most `limit`. False when there are more: call it again.

        Whether the device is connected, and since when, stays.
        """
        reach.demand_change(organization, "Device")
        rows = list(islice(series_rows.read(_partition(device), _sk(start), f"{_sk(end)}~"), limit))
        series_rows.delete_each((row["pk"]["S"], row["sk"]["S"]) for row in rows)
        return len(rows) < limit


def _sk(at: int, connected: bool | None = None) -> str:
    at = min(max(at, 0), 10**15 - 1)
    return f"{at:015d}" if connected is None else f"{at:015d}#{int(connected)}"
