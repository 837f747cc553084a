"""The radio performance of gateways: one item for each ten minutes, aligned to UTC (wisdm.md 5.2)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal

from fleet.access import Reach
from fleet.aws import series_rows
from fleet.grants import ANY, needs
from fleet.marks import Mark
from fleet.telemetry.sample import Sample

Metric = Literal["rssi", "snr", "uplink", "downlink"]
PREFIX = "PERF#"
_NEWER = "attribute_not_exists(pk) OR (boot = :boot AND seq < :seq) OR (boot <> :boot AND sent < :sent)"


class Perf:
    """Buckets of ten minutes (access-patterns.md P2 to P3)."""

    @staticmethod
    @needs("SeriesTable", "dynamodb:PutItem", keys=[f"{PREFIX}{ANY}"])
    def store(reach: Reach, organization: str, device: str, mark: Mark, samples: Sequence[Sample]) -> int:
        """P2: store each sample where its bucket has none, or one of an earlier message; how many were stored.

        Doing it twice, or after a newer one, changes nothing.
        """
        reach.demand_change(organization, "Device")
        stamp = {"boot": {"S": mark.boot}, "seq": {"N": str(mark.seq)}, "sent": {"N": str(mark.sent)}}
        stored = 0
        for sample in samples:
            body = {"S": json.dumps(sample.values, separators=(",", ":"))}
            attributes = {**stamp, "body": body, "ttl": series_rows.expiry(sample.bucket)}
            stored += series_rows.store(f"{PREFIX}{device}", series_rows.second(sample.bucket), attributes, _NEWER, **stamp)
        return stored

    @staticmethod
    @needs("SeriesTable", "dynamodb:Query", keys=[f"{PREFIX}{ANY}"])
    def between(
        reach: Reach, organization: str, device: str, metric: Metric, start: datetime, end: datetime, page: int
    ) -> Iterator[tuple[datetime, float]]:
        """P3: the buckets from `start` on and before `end` (whole seconds) in which this metric has a value, oldest first.

        The first `page` rows come in one request. A gateway that hears nothing has buckets without signal, so that
        asking for as many values can take a second one, which brings up to 1 MB.
        """
        reach.demand(organization, "Device")
        last = series_rows.second(end - timedelta(seconds=1))
        for row in series_rows.read(f"{PREFIX}{device}", series_rows.second(start), last, page=page):
            value = json.loads(row["body"]["S"]).get(metric)
            if value is not None:
                yield datetime.fromisoformat(row["sk"]["S"]), value
