"""The state of devices: each value is a row, and a row a device has the newest value of each attribute.

    STATE#<device>   <attribute>#<Unix ms, 15 digits>#<arrival, 20 digits>   a value
    NOW#<device>     NOW                                                     the newest of each attribute, in an attribute `=<name>`

A value that has followed its attribute to another name has `<arrival>.<version of the device, 9 digits>` in place of the arrival. The end
of a value's sort key is its *mark*: of two values of an attribute, the one with the greater mark is the newer one. NOW has the
marks, and each value that is short (INLINE); a longer one is read from its own row, so that 256 attributes of any length fit into NOW.
A value's row is written before NOW is. NOW is only ever moved on: an attribute is replaced where its mark is smaller, on condition of that
alone, so that it does not matter in which order reports come, or whether at once.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from fleet.access import Reach
from fleet.aws import series_rows
from fleet.aws.series_rows import RETENTION, Key, Row
from fleet.grants import ANY, needs
from fleet.telemetry.attribute_change import AttributeChange
from fleet.telemetry.device_state import StateReport, StateValue, as_text

INLINE = 512
"""Bytes of a value's JSON that NOW has itself."""
AHEAD = RETENTION
"""How far ahead of the clock the time of a value may be."""
EVER = 10**15 - 1
"""The greatest time that a key can have (Unix ms)."""
_UNKNOWN = "0"
"""The mark, below all others, of an attribute whose newest values are being deleted: what remains is not known yet."""
_AT_ONCE = 64
"""Attributes in one update of NOW: an expression has at most 4 KB and 300 operators."""
_RETENTION_MS = int(RETENTION.total_seconds() * 1000)


@dataclass(frozen=True)
class _Newest:
    """What NOW has of an attribute: the mark, and the value's JSON unless it is long."""

    mark: str
    text: str | None = None

    @property
    def at(self) -> int:
        return int(self.mark.partition("#")[0])

    @property
    def arrival(self) -> str:
        return self.mark.partition("#")[2]

    @property
    def stored(self) -> Any:
        return {"M": {"m": {"S": self.mark}, **({} if self.text is None else {"v": {"S": self.text}})}}


def _values(device: str) -> str:
    return f"STATE#{device}"


def _now(device: str) -> Key:
    return f"NOW#{device}", "NOW"


class DeviceStates:
    """The state of devices (access-patterns.md ST1 to ST4)."""

    @staticmethod
    @needs("SeriesTable", "dynamodb:BatchWriteItem", keys=[_values(ANY)])
    @needs("SeriesTable", "dynamodb:UpdateItem", keys=[_now(ANY)])
    def add(reach: Reach, organization: str, device: str, reports: Sequence[StateReport]) -> None:
        """ST1: store reports of a device, no two of one time and arrival. What is older than RETENTION is not stored.

        Doing it twice, late or out of order changes nothing that is newer.
        """
        reach.demand_change(organization, "Device")
        oldest = int(time.time() * 1000) - _RETENTION_MS
        kept = [report for report in reports if report.at > oldest]
        newest: dict[str, _Newest] = {}
        for name, entry in ((name, entry) for report in kept for name, entry in _entries(report)):
            if name not in newest or newest[name].mark < entry.mark:
                newest[name] = entry
        series_rows.store_each(_row(device, report.at, name, entry) for report in kept for name, entry in _entries(report))
        _advance(device, newest)

    @staticmethod
    @needs("SeriesTable", "dynamodb:BatchGetItem", keys=[_now(ANY), _values(ANY)])
    @needs("SeriesTable", "dynamodb:Query", keys=[_values(ANY)])
    def newest(
        reach: Reach, organization: str, wanted: Mapping[str, Collection[str]], start: int, end: int
    ) -> dict[str, dict[str, StateValue]]:
        """ST2: the newest value of these attributes of devices (names by device id) from one Unix ms to another, both included.

        NOW answers wherever the newest value of an attribute is not later than `end`; only where it is, its values are looked up.
        """
        reach.demand(organization, "Device")
        start = max(start, int(time.time() * 1000) - _RETENTION_MS + 1)
        found: dict[str, dict[str, StateValue]] = {device: {} for device in wanted}
        if start > end:
            return found
        states = series_rows.many(_now(device) for device, names in wanted.items() if names)
        long: dict[Key, tuple[str, str, _Newest]] = {}
        for device, name, entry in _known(states, wanted):
            hit = _newest_until(device, name, start, end) if entry.mark == _UNKNOWN or entry.at > end else entry
            if hit is not None and hit.at >= start and hit.text is None:
                long[_values(device), f"{name}#{hit.mark}"] = device, name, hit
            elif hit is not None and hit.at >= start:
                found[device][name] = StateValue(json.loads(hit.text or ""), hit.at)
        for key, row in series_rows.many(long).items():
            device, name, hit = long[key]
            found[device][name] = StateValue(json.loads(row["v"]["S"]), hit.at)
        return found

    @staticmethod
    @needs("SeriesTable", "dynamodb:BatchGetItem", "dynamodb:UpdateItem", keys=[_now(ANY)])
    @needs("SeriesTable", "dynamodb:Query", "dynamodb:BatchWriteItem", keys=[_values(ANY)])
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
        _swap(device, {name: (entry, _Newest(_UNKNOWN)) for name, entry in gone.items() if entry.mark != _UNKNOWN})
        every = attributes is None and start <= 0 and end >= EVER
        keys = list(islice(_keys(device, None if every else names, max(start, 0), min(end, EVER)), limit))
        series_rows.delete_each(keys)
        if len(keys) == limit:
            return False
        _look_up(device, names)
        return True

    @staticmethod
    @needs("SeriesTable", "dynamodb:BatchGetItem", "dynamodb:UpdateItem", keys=[_now(ANY)])
    @needs("SeriesTable", "dynamodb:Query", "dynamodb:BatchWriteItem", keys=[_values(ANY)])
    def follow(reach: Reach, organization: str, change: AttributeChange, limit: int = 1000) -> bool:
        """ST4: have values that were there before a change of attributes follow it: to their new names, or out of the table.

        At most `limit` values; False when there are more: call it again. Doing it again changes nothing, whatever came since.
        """
        reach.demand_change(organization, "Device")
        known = ((name, entry) for name, entry in _stored(change.device).items() if name in change.names and entry.mark != _UNKNOWN)
        gone = {name: entry for name, entry in known if change.precedes(entry.arrival)}
        _swap(change.device, {name: (entry, _Newest(_UNKNOWN)) for name, entry in gone.items()})
        rows = list(islice(_preceding(change), limit))
        _carry(change, rows)
        series_rows.delete_each((row["pk"]["S"], row["sk"]["S"]) for row in rows)
        if len(rows) < limit:
            _look_up(change.device, change.names)
        return len(rows) < limit


def _entries(report: StateReport) -> Iterator[tuple[str, _Newest]]:
    mark = f"{report.at:015d}#{report.arrival:020d}"
    return ((name, _Newest(mark, as_text(value))) for name, value in report.values.items())


def _row(device: str, at: int, name: str, entry: _Newest) -> Row:
    expires = series_rows.expiry(datetime.fromtimestamp(at / 1000, UTC))
    return {"pk": {"S": _values(device)}, "sk": {"S": f"{name}#{entry.mark}"}, "v": {"S": entry.text or ""}, "ttl": expires}


def _stored(device: str) -> dict[str, _Newest]:
    """What NOW has."""
    return _parse(series_rows.many([_now(device)]).get(_now(device), {}))


def _parse(row: Row) -> dict[str, _Newest]:
    entries = {name[1:]: attribute["M"] for name, attribute in row.items() if name.startswith("=")}
    return {name: _Newest(entry["m"]["S"], entry["v"]["S"] if "v" in entry else None) for name, entry in entries.items()}


def _known(states: Mapping[Key, Row], wanted: Mapping[str, Collection[str]]) -> Iterator[tuple[str, str, _Newest]]:
    """What NOW has of the attributes that are wanted: device, attribute, entry."""
    for device, names in wanted.items():
        known = _parse(states.get(_now(device), {}))
        yield from ((device, name, known[name]) for name in names if name in known)


def _newest_until(device: str, name: str, start: int, end: int) -> _Newest | None:
    """The newest value of an attribute in a time, from its row; None without one."""
    first, last = f"{name}#{start:015d}", f"{name}#{min(end, EVER):015d}#~"
    rows = series_rows.read(_values(device), first, last, page=1, backward=True)
    return next((_Newest(row["sk"]["S"].partition("#")[2], row["v"]["S"]) for row in rows), None)


def _keys(device: str, names: Collection[str] | None, start: int, end: int) -> Iterator[Key]:
    """The keys of values in a time: of these attributes, or (None) all that there are."""
    ranges = [("!", "~")] if names is None else [(f"{name}#{start:015d}", f"{name}#{end:015d}#~") for name in sorted(names)]
    for first, last in ranges if start <= end else []:
        yield from ((row["pk"]["S"], row["sk"]["S"]) for row in series_rows.read(_values(device), first, last))


def _advance(device: str, entries: Mapping[str, _Newest]) -> None:
    """Move NOW on: each attribute whose mark is smaller there, or that is not there."""
    for names in _portions(entries):
        left = {name: entries[name] for name in names}
        while left:
            condition = "(attribute_not_exists(#{0}) OR #{0}.m < :m{0})"
            found = _update(device, left, condition, {name: entry.mark for name, entry in left.items()})
            left = {name: entry for name, entry in left.items() if name not in found or found[name].mark < entry.mark} if found else {}


def _swap(device: str, changes: Mapping[str, tuple[_Newest, _Newest | None]]) -> None:
    """Put into NOW another entry of an attribute, or none, wherever the one before is still there."""
    for names in _portions(changes):
        left = {name: changes[name] for name in names}
        while left:
            marks = {name: before.mark for name, (before, _) in left.items()}
            found = _update(device, {name: after for name, (_, after) in left.items()}, "#{0}.m = :m{0}", marks)
            still = found or {}
            left = {name: change for name, change in left.items() if name in still and still[name].mark == change[0].mark}


def _update(device: str, entries: Mapping[str, _Newest | None], condition: str, marks: Mapping[str, str]) -> dict[str, _Newest] | None:
    """Set or remove attributes of NOW where a condition holds for each of them; None when that is done, else what NOW has.

    NOW lives on as long as any of its values can: they are at most AHEAD of the clock.
    """
    numbered = list(enumerate(entries.items()))
    sets = ["#ttl = :ttl", *(f"#{number} = :v{number}" for number, (_, entry) in numbered if entry is not None)]
    removed = [f"#{number}" for number, (_, entry) in numbered if entry is None]
    values: dict[str, Any] = {f"v{number}": _inline(entry).stored for number, (_, entry) in numbered if entry is not None}
    values |= {f"m{number}": {"S": marks[name]} for number, (name, _) in numbered}
    found = series_rows.update(
        _now(device),
        f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(removed)}" if removed else ""),
        " AND ".join(condition.format(number) for number, _ in numbered),
        names={"#ttl": "ttl", **{f"#{number}": f"={name}" for number, (name, _) in numbered}},
        values={**values, "ttl": series_rows.expiry(datetime.now(UTC) + AHEAD)},
    )
    return None if found is None else _parse(found)


def _look_up(device: str, names: Collection[str]) -> None:
    """Put into NOW what is the newest value of attributes of which it is not known."""
    left = {name: entry for name, entry in _stored(device).items() if name in names and entry.mark == _UNKNOWN}
    _swap(device, {name: (entry, _newest_until(device, name, 0, EVER)) for name, entry in left.items()})


def _preceding(change: AttributeChange) -> Iterator[Row]:
    """The values under the former names that were there before a change, the newest of each name first."""
    for name in change.names:
        for row in series_rows.read(_values(change.device), f"{name}#", f"{name}#~", backward=True):
            if change.precedes(row["sk"]["S"].rpartition("#")[2]):
                yield row


def _carry(change: AttributeChange, rows: Sequence[Row]) -> None:
    """Store values under their new names, if they have one, and have NOW know the newest."""
    to, carried, newest = dict(change.renamed), list[Row](), dict[str, _Newest]()
    for row in rows:
        name, at, arrival = row["sk"]["S"].split("#")
        if name in to:
            entry = _Newest(f"{at}#{change.carried(arrival)}", row["v"]["S"])
            carried.append({**row, "sk": {"S": f"{to[name]}#{entry.mark}"}})
            newest.setdefault(to[name], entry)
    series_rows.store_each(carried)
    _advance(change.device, newest)


def _inline(entry: _Newest) -> _Newest:
    return entry if entry.text is None or len(entry.text.encode()) <= INLINE else _Newest(entry.mark)


def _portions(names: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while portion := list(islice(rest, _AT_ONCE)):
        yield portion
