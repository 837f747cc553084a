"""Messages of things: an item each, as it came, keyed by thing and time, and two index rows that lead to it: by its id and by its event."""

from __future__ import annotations

import heapq
import itertools
import json
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fleet.access import Reach
from fleet.aws import series_rows
from fleet.aws.contention import AT_ONCE
from fleet.grants import ANY, needs
from fleet.ids import ANY_ID
from fleet.registry.thing import Thing
from fleet.telemetry.message import Message

RETENTION = 90 * 24 * 3600
"""Seconds that a message is stored (thingsee.md 3.5)."""
REMEMBERED = 7 * 24 * 3600
"""Seconds within which a message that comes again is the same (thingsee.md 3.5)."""
LARGEST = 390 * 1024
"""Bytes that the text of a message may have. An item has 400 KiB; keys and other attributes take a part of them."""
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


def _seen(device: str) -> str:
    return f"SEEN#{device}"


def _indexed(device: str, name: str, value: int | str) -> str:
    """The partition of the index rows of a thing's messages that have this id or event."""
    return f"{PREFIX}{device}#{name}#{value}"


class Messages:
    """Messages of things (access-patterns.md M1 to M3)."""

    @staticmethod
    @needs("SeriesTable", "dynamodb:PutItem", keys=[f"{PREFIX}{ANY_ID}", _indexed(ANY, ANY, ANY)])
    def add(reach: Reach, thing: Thing, message: Message, group: str) -> bool:
        """M1: store a message once; False when it is there already.

        The index rows come first: one that leads nowhere shows nothing, while a message without them would never be found by its id.
        """
        reach.demand_change(thing.organization, "Device")
        sk = f"{_second(message.ts)}#{message.digest}"
        indexed = {
            "id": {"N": str(message.id)},
            "event": {"N": str(message.event)},
            "arrival": {"N": str(message.arrival)},
            "ttl": {"N": str(message.arrival // 1_000_000 + RETENTION)},
        }
        body = {"S": message.text}
        for name, value in (("id", message.id), ("event", message.event)):
            series_rows.store(_indexed(thing.id, name, value), sk, indexed)
        return series_rows.store(f"{PREFIX}{thing.id}", sk, {**indexed, "body": body, "group": {"S": group}}, "attribute_not_exists(pk)")

    @staticmethod
    @needs("SeriesTable", "dynamodb:Query", keys=[f"{PREFIX}{ANY_ID}", _indexed(ANY, ANY, ANY)])
    @needs("SeriesTable", "dynamodb:BatchGetItem", keys=[f"{PREFIX}{ANY_ID}"])
    def newest(reach: Reach, thing: Thing, wanted: MessageFilter) -> Iterator[StoredMessage]:
        """M2: a thing's newest messages, newest first; of those with the same time the one that was received last is first.

        A filter reads the index rows of each of its values, and then the messages that they lead to. Of two filters, the one with
        fewer values is read so (that of events where both have as many, since most messages of a thing have one event, which is
        seldom what is looked for), and the other is compared with what the index rows say. Requests are made only while messages
        are asked for.
        """
        reach.demand(thing.organization, "Device")
        pk = f"{PREFIX}{thing.id}"
        values = {name: set(some) for name, some in (("event", wanted.events), ("id", wanted.ids)) if some is not None}
        if not values:
            found = _by_arrival(_unexpired(_read(pk, wanted, wanted.limit + 1)))
        else:
            leading = min(values, key=lambda name: len(values[name]))
            page = wanted.limit + 1 if len(values) == 1 else None
            lists = [_read(_indexed(thing.id, leading, value), wanted, page) for value in values[leading]]
            merged = heapq.merge(*lists, key=lambda row: row["sk"]["S"], reverse=True)
            fitting = (row for row in merged if all(int(row[name]["N"]) in some for name, some in values.items()))
            found = _messages(pk, _by_arrival(_unexpired(fitting)), wanted.limit)
        return map(_stored, itertools.islice(found, wanted.limit))

    @staticmethod
    @needs("SeriesTable", "dynamodb:PutItem", keys=[_seen(ANY)])
    def first_received(reach: Reach, thing: Thing, message: Message, when: float | str) -> float:
        """M3: when a message without a valid time was first received (Unix seconds); it is the same if `when` is, too.

        So one that comes again counts as made at the same time, and is stored once.
        """
        reach.demand_change(thing.organization, "Device")
        now = message.arrival // 1_000_000
        return series_rows.first(_seen(thing.id), message.digest_at(when), message.ts, now, now + REMEMBERED)


def _second(ts: float) -> str:
    """Unix seconds as keys have them: what is beyond a microsecond is cut off, so that a second stays what it is."""
    return f"{int(ts):012d}.{int(ts % 1 * 1_000_000):06d}"


def _read(pk: str, wanted: MessageFilter, page: int | None) -> Iterator[series_rows.Row]:
    """The rows of a partition in the wanted time, newest first."""
    return series_rows.read(pk, f"{wanted.first:012d}", f"{wanted.last:012d}~", page=page, backward=True)


def _unexpired(rows: Iterable[series_rows.Row]) -> Iterator[series_rows.Row]:
    now = time.time()
    return (row for row in rows if int(row["ttl"]["N"]) > now)


def _by_arrival(rows: Iterable[series_rows.Row]) -> Iterator[series_rows.Row]:
    """Rows that come by time, with those of the same time in their order of arrival, newest first."""
    for _, same in itertools.groupby(rows, lambda row: row["sk"]["S"].partition("#")[0]):
        yield from sorted(same, key=lambda row: int(row["arrival"]["N"]), reverse=True)


def _messages(pk: str, index: Iterator[series_rows.Row], limit: int) -> Iterator[series_rows.Row]:
    """The messages that index rows lead to, at most so many."""
    while leads := [row["sk"]["S"] for row in itertools.islice(index, min(limit, AT_ONCE))]:
        found = series_rows.some(pk, leads)
        yield from (found[sk] for sk in leads if sk in found)
        limit -= len(found)


def _stored(row: series_rows.Row) -> StoredMessage:
    return StoredMessage(json.loads(row["body"]["S"]), float(row["sk"]["S"].partition("#")[0]), row["group"]["S"])
