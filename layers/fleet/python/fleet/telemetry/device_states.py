"""The state of devices: each value is a row, and a row a device has the newest value of each attribute (state_rows)."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from fleet.access import Reach
from fleet.aws import series_rows
from fleet.aws.contention import AT_ONCE
from fleet.aws.parallel import at_once
from fleet.aws.series_rows import RETENTION, Key, Row
from fleet.grants import ANY, needs
from fleet.telemetry.attribute_change import AttributeChange
from fleet.telemetry.device_state import StateReport, StateValue, as_text
from fleet.telemetry.state_rows import UNKNOWN, Newest, entries_of, now_of, parse, portions, values_of

INLINE = 512
"""Bytes of a value's JSON that NOW has itself."""
MOST_BYTES = 48 * 1024 * 1024
"""Bytes of the values that are read at once: eight times what an answer takes without compression."""
AHEAD = RETENTION
"""How far ahead of the clock the time of a value may be."""
EVER = 10**15 - 1
"""The greatest time that a key can have (Unix ms)."""
_AT_ONCE = 64
"""Attributes in one update of NOW: an expression has at most 4 KB and 300 operators."""
_RETENTION_MS = int(RETENTION.total_seconds() * 1000)


class TooMuch(Exception):
    """More is asked for than one call reads in its time."""


class _Search:
    """The newest values in a time, by device and attribute, as far as they were found; TooMuch once they have more than MOST_BYTES.

    `late` are the attributes with a value after that time, `long` the keys of values that NOW does not have itself.
    """

    def __init__(self, devices: Iterable[str], start: int, end: int) -> None:
        self.start, self.end, self._bytes = start, end, 0
        self.found: dict[str, dict[str, StateValue]] = {device: {} for device in devices}
        self.late: list[tuple[str, str]] = []
        self.long: dict[Key, tuple[str, str, int]] = {}

    def take(self, device: str, name: str, entry: Newest) -> None:
        """Go by what NOW has of an attribute."""
        if entry.mark == UNKNOWN or entry.at > self.end:
            self.late.append((device, name))
        elif entry.at >= self.start and entry.text is None:
            self.weigh(INLINE)
            self.long[values_of(device), f"{name}#{entry.mark}"] = device, name, entry.at
        elif entry.at >= self.start:
            self.add(device, name, entry.at, entry.text or "")

    def add(self, device: str, name: str, at: int, text: str) -> None:
        self.weigh(len(name) + len(text.encode()))
        self.found[device][name] = StateValue(json.loads(text), at)

    def weigh(self, number: int) -> None:
        self._bytes += number
        if self._bytes > MOST_BYTES:
            raise TooMuch


class DeviceStates:
    """The state of devices (access-patterns.md ST1 to ST5)."""

    @staticmethod
    @needs("SeriesTable", "dynamodb:BatchWriteItem", keys=[values_of(ANY)])
    @needs("SeriesTable", "dynamodb:UpdateItem", keys=[now_of(ANY)])
    def add(reach: Reach, organization: str, device: str, reports: Sequence[StateReport]) -> None:
        """ST1: store reports of a device, no two of one time and arrival. What is older than RETENTION is not stored.

        Doing it twice, late or out of order changes nothing that is newer.
        """
        reach.demand_change(organization, "Device")
        oldest = int(time.time() * 1000) - _RETENTION_MS
        kept = [report for report in reports if report.at > oldest]
        newest: dict[str, Newest] = {}
        for name, entry in ((name, entry) for report in kept for name, entry in _entries(report)):
            if name not in newest or newest[name].mark < entry.mark:
                newest[name] = entry
        series_rows.store_each(_row(device, report.at, name, entry) for report in kept for name, entry in _entries(report))
        _advance(device, newest)

    @staticmethod
    @needs("SeriesTable", "dynamodb:BatchGetItem", keys=[now_of(ANY), values_of(ANY)])
    @needs("SeriesTable", "dynamodb:Query", keys=[values_of(ANY)])
    def newest(
        reach: Reach, organization: str, wanted: Mapping[str, Collection[str]], start: int, end: int, limit: int = 5000
    ) -> dict[str, dict[str, StateValue]]:
        """ST2: the newest value of these attributes of devices (names by device id) from one Unix ms to another, both included.

        NOW answers wherever the newest value of an attribute is not later than `end`; where it is, the values before it are looked up,
        several attributes at once. TooMuch, before any is, where that would be more than `limit` attributes; and where the values have more
        than MOST_BYTES.
        """
        reach.demand(organization, "Device")
        start = max(start, int(time.time() * 1000) - _RETENTION_MS + 1)
        search = _Search(wanted, start, end)
        for device, name, entry in entries_of(wanted) if start <= end else ():
            search.take(device, name, entry)
            if len(search.late) > limit:
                raise TooMuch
        looked_up = at_once(lambda pair: _newest_until(*pair, start, end), search.late)
        for (device, name), hit in zip(search.late, looked_up, strict=True):
            if hit is not None:
                search.add(device, name, hit.at, hit.text or "")
        for rows in at_once(series_rows.many, portions(search.long, AT_ONCE)):
            for key, row in rows.items():
                search.add(*search.long[key], row["v"]["S"])
        return search.found

    @staticmethod
    @needs("SeriesTable", "dynamodb:BatchGetItem", "dynamodb:UpdateItem", keys=[now_of(ANY)])
    @needs("SeriesTable", "dynamodb:Query", "dynamodb:BatchWriteItem", keys=[values_of(ANY)])
    def drop(
        reach: Reach, organization: str, device: str, attributes: Collection[str] | None, start: int, end: int, limit: int = 2500
    ) -> bool:
        """ST3: delete the values of some attributes, or of all (None), from one Unix ms to another, both included.

        At most `limit` values are deleted; False when there are more: call it again. Doing it again changes nothing. A value that is
        reported meanwhile stays, or goes.
        """
        reach.demand_change(organization, "Device")
        known = _stored(device)
        names = known.keys() if attributes is None else set(attributes)
        gone = {name: entry for name, entry in known.items() if name in names and start <= entry.at <= end}
        _swap(device, {name: (entry, Newest(UNKNOWN)) for name, entry in gone.items() if entry.mark != UNKNOWN})
        every = attributes is None and start <= 0 and end >= EVER
        keys = list(islice(_keys(device, None if every else names, max(start, 0), min(end, EVER)), limit))
        series_rows.delete_each(keys)
        if len(keys) == limit:
            return False
        _look_up(device, names)
        return True

    @staticmethod
    @needs("SeriesTable", "dynamodb:BatchGetItem", "dynamodb:UpdateItem", keys=[now_of(ANY)])
    @needs("SeriesTable", "dynamodb:Query", "dynamodb:BatchWriteItem", keys=[values_of(ANY)])
    def follow(reach: Reach, organization: str, change: AttributeChange, limit: int = 1000) -> bool:
        """ST4: have values that were there before a change of attributes follow it: to their new names, or out of the table.

        At most `limit` values; False when there are more: call it again. Doing it again changes nothing, whatever came since.
        """
        reach.demand_change(organization, "Device")
        known = ((name, entry) for name, entry in _stored(change.device).items() if name in change.names and entry.mark != UNKNOWN)
        gone = {name: entry for name, entry in known if change.precedes(entry.arrival)}
        _swap(change.device, {name: (entry, Newest(UNKNOWN)) for name, entry in gone.items()})
        rows = list(islice(_preceding(change), limit))
        _carry(change, rows)
        series_rows.delete_each((row["pk"]["S"], row["sk"]["S"]) for row in rows)
        if len(rows) < limit:
            _look_up(change.device, change.names)
        return len(rows) < limit

    @staticmethod
    @needs("SeriesTable", "dynamodb:Query", keys=[values_of(ANY)])
    @needs("SeriesTable", "dynamodb:BatchWriteItem", keys=[values_of(ANY), now_of(ANY)])
    def forget(reach: Reach, organization: str, device: str, limit: int = 2500) -> bool:
        """ST5: delete the state of a device that is deleted: at most `limit` values. False when there are more: call it again."""
        reach.demand_change(organization, "Device")
        keys = list(islice(_keys(device, None, 0, EVER), limit))
        series_rows.delete_each(keys if len(keys) == limit else [*keys, now_of(device)])
        return len(keys) < limit


def _entries(report: StateReport) -> Iterator[tuple[str, Newest]]:
    mark = f"{report.at:015d}#{report.arrival:020d}.{report.version:09d}"
    return ((name, Newest(mark, as_text(value))) for name, value in report.values.items())


def _row(device: str, at: int, name: str, entry: Newest) -> Row:
    expires = series_rows.expiry(datetime.fromtimestamp(at / 1000, UTC))
    return {"pk": {"S": values_of(device)}, "sk": {"S": f"{name}#{entry.mark}"}, "v": {"S": entry.text or ""}, "ttl": expires}


def _stored(device: str) -> dict[str, Newest]:
    """What NOW has."""
    return parse(series_rows.many([now_of(device)]).get(now_of(device), {}))


def _newest_until(device: str, name: str, start: int, end: int) -> Newest | None:
    """The newest value of an attribute in a time, from its row; None without one."""
    first, last = f"{name}#{start:015d}", f"{name}#{min(end, EVER):015d}#~"
    rows = series_rows.read(values_of(device), first, last, page=1, backward=True)
    return next((Newest(row["sk"]["S"].partition("#")[2], row["v"]["S"]) for row in rows), None)


def _keys(device: str, names: Collection[str] | None, start: int, end: int) -> Iterator[Key]:
    """The keys of values in a time: of these attributes, or (None) all that there are."""
    ranges = [("!", "~")] if names is None else [(f"{name}#{start:015d}", f"{name}#{end:015d}#~") for name in sorted(names)]
    for first, last in ranges if start <= end else []:
        yield from ((row["pk"]["S"], row["sk"]["S"]) for row in series_rows.read(values_of(device), first, last))


def _advance(device: str, entries: Mapping[str, Newest]) -> None:
    """Move NOW on: each attribute whose mark is smaller there, or that is not there."""
    for names in portions(entries, _AT_ONCE):
        left = {name: entries[name] for name in names}
        while left:
            condition = "(attribute_not_exists(#{0}) OR #{0}.m < :m{0})"
            found = _update(device, left, condition, {name: entry.mark for name, entry in left.items()})
            left = {name: entry for name, entry in left.items() if name not in found or found[name].mark < entry.mark} if found else {}


def _swap(device: str, changes: Mapping[str, tuple[Newest, Newest | None]]) -> None:
    """Put into NOW another entry of an attribute, or none, wherever the one before is still there."""
    for names in portions(changes, _AT_ONCE):
        left = {name: changes[name] for name in names}
        while left:
            marks = {name: before.mark for name, (before, _) in left.items()}
            found = _update(device, {name: after for name, (_, after) in left.items()}, "#{0}.m = :m{0}", marks)
            still = found or {}
            left = {name: change for name, change in left.items() if name in still and still[name].mark == change[0].mark}


def _update(device: str, entries: Mapping[str, Newest | None], condition: str, marks: Mapping[str, str]) -> dict[str, Newest] | None:
    """Set or remove attributes of NOW where a condition holds for each of them; None when that is done, else what NOW has.

    NOW lives on as long as any of its values can: they are at most AHEAD of the clock.
    """
    numbered = list(enumerate(entries.items()))
    sets = ["#ttl = :ttl", *(f"#{number} = :v{number}" for number, (_, entry) in numbered if entry is not None)]
    removed = [f"#{number}" for number, (_, entry) in numbered if entry is None]
    values: dict[str, Any] = {f"v{number}": _inline(entry).stored for number, (_, entry) in numbered if entry is not None}
    values |= {f"m{number}": {"S": marks[name]} for number, (name, _) in numbered}
    found = series_rows.update(
        now_of(device),
        f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(removed)}" if removed else ""),
        " AND ".join(condition.format(number) for number, _ in numbered),
        names={"#ttl": "ttl", **{f"#{number}": f"={name}" for number, (name, _) in numbered}},
        values={**values, "ttl": series_rows.expiry(datetime.now(UTC) + AHEAD)},
    )
    return None if found is None else parse(found)


def _look_up(device: str, names: Collection[str]) -> None:
    """Put into NOW what is the newest value of attributes of which it is not known."""
    left = {name: entry for name, entry in _stored(device).items() if name in names and entry.mark == UNKNOWN}
    _swap(device, {name: (entry, _newest_until(device, name, 0, EVER)) for name, entry in left.items()})


def _preceding(change: AttributeChange) -> Iterator[Row]:
    """The values under the former names that were there before a change, the newest of each name first."""
    for name in change.names:
        for row in series_rows.read(values_of(change.device), f"{name}#", f"{name}#~", backward=True):
            if change.precedes(row["sk"]["S"].rpartition("#")[2]):
                yield row


def _carry(change: AttributeChange, rows: Sequence[Row]) -> None:
    """Store values under their new names, if they have one, and have NOW know the newest."""
    to, carried, newest = dict(change.renamed), list[Row](), dict[str, Newest]()
    for row in rows:
        name, at, arrival = row["sk"]["S"].split("#")
        if name in to:
            entry = Newest(f"{at}#{change.carried(arrival)}", row["v"]["S"])
            carried.append({**row, "sk": {"S": f"{to[name]}#{entry.mark}"}})
            newest.setdefault(to[name], entry)
    series_rows.store_each(carried)
    _advance(change.device, newest)


def _inline(entry: Newest) -> Newest:
    return entry if entry.text is None or len(entry.text.encode()) <= INLINE else Newest(entry.mark)
