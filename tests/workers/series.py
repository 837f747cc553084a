"""The series table and its stream, for tests of the rollup worker."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fleet.access import EVERYWHERE
from fleet.marks import Mark
from fleet.telemetry.perf import Perf
from fleet.telemetry.points import Points
from fleet.telemetry.sample import Sample
from functions.workers.rollup.settle import handler
from tests.harness.aws import partition, put
from tests.harness.call import invoke

ORGANIZATION, DEVICE = "0" * 24, "1" * 24
Key = tuple[str, str]
_numbers = itertools.count(1000)


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def add_point(at: datetime, message: str = "m", device: str = DEVICE, **metrics: float) -> Key:
    """Store a report; returns the key of its row."""
    Points.add(EVERYWHERE, ORGANIZATION, device, milliseconds(at), message, metrics)
    return f"POINTS#{device}", f"{milliseconds(at):015d}#{message}"


def add_bucket(at: datetime, seq: int = 1, uplink: int = 1, rssi: float | None = None) -> Key:
    """Store a bucket of radio performance; returns the key of its row."""
    mark = Mark("00000000-0000-0000-0000-000000000001", seq, seq, seq)
    Perf.store(EVERYWHERE, ORGANIZATION, DEVICE, mark, [Sample(at, rssi, None, uplink, 0)])
    return f"PERF#{DEVICE}", f"{at:%Y-%m-%dT%H:%M:%SZ}"


def deliver_changes(*keys: Key) -> list[str]:
    """Deliver the changes of these rows in one batch; returns the sequence numbers of those that the worker reports as failed."""
    records = [
        {
            "eventID": f"event-{number}",
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "awsRegion": "eu-west-1",
            "eventSourceARN": "arn:aws:dynamodb:eu-west-1:123456789012:table/SeriesTable/stream/now",
            "dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"S": sk}}, "SequenceNumber": str(number), "StreamViewType": "KEYS_ONLY"},
        }
        for number, (pk, sk) in zip(_numbers, keys, strict=False)
    ]
    return [failure["itemIdentifier"] for failure in invoke(handler, {"Records": records})["batchItemFailures"]]


def rows(pk: str) -> list[dict[str, Any]]:
    """All rows of a partition."""
    return partition("SeriesTable", pk)


def insert(keyed: Sequence[dict[str, Any]]) -> None:
    """Insert rows without a request for each."""
    put("SeriesTable", keyed)
