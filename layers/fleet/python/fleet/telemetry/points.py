"""Points: one item a report, holding all its metrics, keyed by device and time."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from fleet.access import Reach
from fleet.aws import series_rows
from fleet.grants import ANY, needs
from fleet.telemetry.stats import Values

PREFIX = "POINTS#"


class Points:
    """What devices report of themselves (access-patterns.md P1)."""

    @staticmethod
    @needs("SeriesTable", "dynamodb:PutItem", keys=[f"{PREFIX}{ANY}"])
    def add(reach: Reach, organization: str, device: str, sent: int, message: str, metrics: Values) -> bool:
        """P1: store one report (time in Unix ms) once; False when this message's is there already."""
        reach.demand_change(organization, "Device")
        body = {"S": json.dumps(metrics, separators=(",", ":"))}
        attributes = {"body": body, "ttl": series_rows.expiry(datetime.fromtimestamp(sent / 1000, UTC))}
        return series_rows.store(f"{PREFIX}{device}", f"{sent:015d}#{message}", attributes, "attribute_not_exists(pk)")
