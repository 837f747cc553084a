"""Rows of projections that are not what the devices say: looked at again in a snapshot, and put right."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from fleet.access import EVERYWHERE
from fleet.aws.table import Item, Key
from fleet.aws.writes import NEW, Write, unchanged
from fleet.registry import devices, projections
from fleet.registry.device import Device
from fleet.registry.projections import Row
from muster.operator import doctor_table
from muster.operator.doctor_table import CONTENT, Content, Unreadable

MISSING, WRONG, TOO_MANY, TWICE, ORPHAN = "missing row", "wrong row", "row too many", "row of two devices", "orphaned row"


@dataclass(frozen=True)
class WrongRow:
    """A row that differs from what the devices say, at one moment.

    `device` is whose the row is, `row` what it should be; None: no device's. `seen` are the devices that could have it, by id. ORPHAN:
    the device that it names is not there, or it names none. A device goes in one transaction with all its rows, so that is damage.
    """

    kind: str
    key: Key
    stored: Content | None
    row: Row | None
    device: Device | None
    seen: Mapping[str, Device | None]


def look(pair: Key, known: Collection[str]) -> WrongRow | None:
    """What is wrong with a row, or None. It is read in one snapshot with each device that it may be of: those known and those it names.

    A row that may be of a device that is unreadable is not judged.
    """
    kind = projections.projection(pair)
    hints, ids = kind.named_by(pair) if kind else [], set(known)
    while True:
        seen = doctor_table.snapshot([pair, *hints, *(devices.key(id) for id in sorted(ids))])
        named = {id for each in (pair, *hints) if (id := doctor_table.named_in(each, seen[each]))}
        if named <= ids:
            return _judge(pair, seen)
        ids |= named


def _judge(pair: Key, seen: Mapping[Key, Item | None]) -> WrongRow | None:
    found, stored = dict[str, Device | None](), doctor_table.content(seen[pair])
    for id, device in doctor_table.devices_in(seen).items():
        if isinstance(device, Unreadable):
            return None
        found[id] = device
    owners = [
        (device, row) for device in found.values() if device for at, row in projections.rows(EVERYWHERE, device).items() if at == pair
    ]
    if not owners:
        own = doctor_table.named_in(pair, seen[pair])
        there = found[own] if own else any(found.values())
        return None if stored is None else WrongRow(TOO_MANY if there else ORPHAN, pair, stored, None, None, found)
    (owner, row), *others = owners
    if others:
        return WrongRow(TWICE, pair, stored, None, None, found)
    if stored == row.attributes:
        return None
    return WrongRow(MISSING if stored is None else WRONG, pair, stored, row, owner, found)


def mend(wrong: WrongRow, orphans: bool) -> str | None:
    """Put a row right, and say what was done; None when it was right before, or nobody can say which device's it should be.

    An ORPHAN may be the last copy of a name: it is only deleted with `orphans`.

    It is written on condition that the row is still as it was seen, and each device that it may be of has the same version; else it
    is looked at again.
    """

    def mending(found: WrongRow) -> list[Write] | None:
        left = found.kind == TWICE or (found.kind == ORPHAN and not orphans)
        return None if left else [*_checks(found), _write(found)]

    mended = doctor_table.put_right(wrong, lambda: look(wrong.key, wrong.seen), mending)
    return None if mended is None else "deleted" if mended.row is None else "written"


def _checks(found: WrongRow) -> Iterator[Write]:
    for id, device in found.seen.items():
        condition = unchanged(device.version if device else 0)
        yield Write.check(devices.key(id), **condition)


def _write(found: WrongRow) -> Write:
    row = found.row
    if row is not None and found.stored is None:
        return Write.put(found.key, {**_reported_elsewhere(found, row), **row.attributes}, NEW)
    condition, names, values = doctor_table.still(found.stored or {})
    if row is None:
        return Write.delete(found.key, condition, names=names, **values)
    if row.reported and (found.stored or {}).get("device") == row.attributes["device"]:
        drop = ", ".join(f"#{name}" for name in CONTENT if name not in row.attributes)
        setting = ", ".join(f"#{name} = :{name}" for name in row.attributes)
        return Write.update(found.key, f"SET {setting} REMOVE {drop}", condition, names=names, **values, **row.attributes)
    return Write.put(found.key, row.attributes, condition, names=names, **values)


def _reported_elsewhere(found: WrongRow, row: Row) -> Content:
    """What the gateway reported, from its other row with the same kinds of reports."""
    rows = projections.rows(EVERYWHERE, found.device) if row.reported else {}
    others = [pair for pair, each in rows.items() if each.reported == row.reported and pair != found.key]
    seen = (each for each in doctor_table.snapshot(others).values() if each) if others else ()
    own = (each for each in seen if each.get("device") == row.attributes["device"])
    return {name: value for each in own for name, value in each.items() if name in row.reported}
