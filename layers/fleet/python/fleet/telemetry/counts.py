"""Counters of what devices send and are sent: a row a device and day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from fleet.access import Reach
from fleet.aws import clients, series_rows
from fleet.aws.writes import Write
from fleet.grants import ANY, needs

Counter = Literal["deviceCommand", "deviceConnect", "deviceDisconnect", "deviceState", "mqttIn", "mqttOut"]
COUNTERS: tuple[Counter, ...] = ("deviceCommand", "deviceConnect", "deviceDisconnect", "deviceState", "mqttIn", "mqttOut")


def _partition(device: str) -> str:
    return f"COUNTS#{device}"


class Counts:
    """Counters (access-patterns.md CT1 to CT4)."""

    @staticmethod
    @needs("SeriesTable", "dynamodb:UpdateItem", keys=[_partition(ANY)])
    def add(reach: Reach, organization: str, device: str, at: datetime, occasion: str, **counted: int) -> None:
        """CT1: count on the day (UTC) of a time; `counted` has the names of COUNTERS.

        Not exactly once: what comes again with the same `occasion` is not counted again, unless something else was counted in between.
        Without an occasion it is always counted.
        """
        reach.demand_change(organization, "Device")
        values: dict[str, Any] = {name: {"N": str(number)} for name, number in counted.items()}
        series_rows.update(
            (_partition(device), f"{at.astimezone(UTC):%Y-%m-%d}"),
            f"ADD {', '.join(f'{name} :{name}' for name in counted)} SET occasion = :occasion, #ttl = :ttl",
            "attribute_not_exists(occasion) OR occasion <> :occasion" if occasion else None,
            names={"#ttl": "ttl"},
            values={**values, "occasion": {"S": occasion}, "ttl": series_rows.expiry(at + timedelta(days=1))},
        )

    @staticmethod
    @needs("SeriesTable", "dynamodb:UpdateItem", keys=[_partition(ANY)])
    def add_writes(reach: Reach, organization: str, device: str, at: datetime, **counted: int) -> list[Write]:
        """CT3: the write that counts on the day (UTC) of a time, exactly once: in the transaction of what is counted."""
        reach.demand_change(organization, "Device")
        values: dict[str, Any] = {name: {"N": str(number)} for name, number in counted.items()}
        expression = f"ADD {', '.join(f'{name} :{name}' for name in counted)} SET #ttl = :ttl"
        pair = _partition(device), f"{at.astimezone(UTC):%Y-%m-%d}"
        expires = series_rows.expiry(at + timedelta(days=1))
        write = Write.update(pair, expression, None, names={"#ttl": "ttl"}, **values, ttl=expires)
        return [write.of_table(clients.setting("SERIES_TABLE"))]

    @staticmethod
    @needs("SeriesTable", "dynamodb:Query", keys=[_partition(ANY)])
    def between(reach: Reach, organization: str, device: str, start: datetime, end: datetime) -> dict[Counter, int]:
        """CT2: what was counted on the days (UTC) from that of one time to that of another, both included; 0 where nothing was."""
        reach.demand(organization, "Device")
        rows = series_rows.read(_partition(device), f"{start.astimezone(UTC):%Y-%m-%d}", f"{end.astimezone(UTC):%Y-%m-%d}")
        return _sum(rows)

    @staticmethod
    @needs("SeriesTable", "dynamodb:Query", "dynamodb:BatchWriteItem", keys=[_partition(ANY)])
    def forget(reach: Reach, organization: str, device: str) -> None:
        """CT4: delete what was counted of a device that is deleted: a row for each of at most 400 days."""
        reach.demand_change(organization, "Device")
        series_rows.delete_each((row["pk"]["S"], row["sk"]["S"]) for row in series_rows.read(_partition(device), "0", "~"))


def _sum(rows: Iterable[series_rows.Row]) -> dict[Counter, int]:
    counted: dict[Counter, int] = dict.fromkeys(COUNTERS, 0)
    for row in rows:
        for name in COUNTERS:
            counted[name] += int(row[name]["N"]) if name in row else 0
    return counted
