"""Messages of things: an item each, as it came, keyed by thing and time."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from fleet.access import Reach
from fleet.aws import series_rows
from fleet.grants import needs
from fleet.registry.thing import Thing
from fleet.telemetry.message import Message

RETENTION = 90 * 24 * 3600
"""Seconds that a message is stored (thingsee.md 3.5)."""
REMEMBERED = 7 * 24 * 3600
"""Seconds within which a message that comes again is the same (thingsee.md 3.5)."""
PREFIX = "MSG#"


@dataclass(frozen=True)
class MessageFilter:
    """Which messages: of these ids and events (None: of any), from one whole Unix second to another, both included, at most so many."""

    limit: int
    first: int
    last: int
    ids: Collection[int] | None = None
    events: Collection[int] | None = None


@dataclass(frozen=True)
class StoredMessage:
    """A message as it was received, its time (Unix seconds), and the name that its thing's group had then."""

    body: dict[str, Any]
    ts: float
    group: str


class Messages:
    """Messages of things (access-patterns.md M1 to M3)."""

    @staticmethod
    @needs("SeriesTable", "dynamodb:PutItem")
    def add(reach: Reach, thing: Thing, message: Message, group: str) -> bool:
        """M1: store a message once; False when it is there already."""
        reach.demand_change(thing.organization, "Device")
        attributes: dict[str, Any] = {
            "body": {"S": json.dumps(message.body, separators=(",", ":"), ensure_ascii=False)},
            "id": {"N": str(message.id)},
            "event": {"N": str(message.event)},
            "arrival": {"N": str(message.arrival)},
            "group": {"S": group},
            "ttl": {"N": str(message.arrival // 1_000_000 + RETENTION)},
        }
        return series_rows.store(f"{PREFIX}{thing.id}", f"{_second(message.ts)}#{message.digest}", attributes, "attribute_not_exists(pk)")

    @staticmethod
    @needs("SeriesTable", "dynamodb:Query")
    def newest(reach: Reach, thing: Thing, wanted: MessageFilter) -> list[StoredMessage]:
        """M2: a thing's newest messages, newest first; of those with the same time the one that was received last is first."""
        reach.demand(thing.organization, "Device")
        page = wanted.limit + 1 if wanted.ids is None and wanted.events is None else None
        found = (
            row
            for row in series_rows.read(f"{PREFIX}{thing.id}", f"{wanted.first:012d}", f"{wanted.last:012d}~", page=page, backward=True)
            if _fits(row, wanted)
        )
        newest: list[series_rows.Row] = []
        for _, group in itertools.groupby(found, lambda row: row["sk"]["S"].partition("#")[0]):
            newest += sorted(group, key=lambda row: int(row["arrival"]["N"]), reverse=True)
            if len(newest) >= wanted.limit:
                break
        return list(map(_stored, newest[: wanted.limit]))

    @staticmethod
    @needs("SeriesTable", "dynamodb:PutItem")
    def first_received(reach: Reach, thing: Thing, message: Message, envelope: str) -> float:
        """M3: when a message without a valid time was first received (Unix seconds).

        So one that comes again counts as made at the same time, and is stored once. Without any time of its own, it is
        the same only in the same envelope.
        """
        reach.demand_change(thing.organization, "Device")
        when, now = message.own_ts, message.arrival // 1_000_000
        return series_rows.first(
            f"SEEN#{thing.id}", message.digest_at(envelope if when is None else when), message.ts, now, now + REMEMBERED
        )


def _second(ts: float) -> str:
    """Unix seconds as keys have them: what is beyond a microsecond is cut off, so that a second stays what it is."""
    return f"{int(ts):012d}.{int(ts % 1 * 1_000_000):06d}"


def _fits(row: series_rows.Row, wanted: MessageFilter) -> bool:
    if wanted.ids is not None and int(row["id"]["N"]) not in wanted.ids:
        return False
    if wanted.events is not None and int(row["event"]["N"]) not in wanted.events:
        return False
    return int(row["ttl"]["N"]) > time.time()


def _stored(row: series_rows.Row) -> StoredMessage:
    return StoredMessage(json.loads(row["body"]["S"]), float(row["sk"]["S"].partition("#")[0]), row["group"]["S"])
