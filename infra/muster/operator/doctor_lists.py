"""Directories that do not have the rows that the devices say: looked at again, and made anew.

A directory is read before and after the devices. A row that is the same both times was that when its device was read, so the two are of one
moment. What changes in between is left alone: whoever changes it writes the row.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from fleet.access import EVERYWHERE
from fleet.aws.backoff import attempts
from fleet.aws.reads import every, fetch, unchecked_item
from fleet.aws.table import Key
from fleet.aws.writes import NEW, Write, attempt
from fleet.directory import fold
from fleet.directory.contents import Contents
from fleet.directory.directory import RECENT, Directory
from fleet.directory.rearrange import rearranged
from fleet.directory.row import Recent
from fleet.directory.segments import Spine
from fleet.errors import Stale, TooMany
from fleet.registry import device_row, devices
from fleet.registry.device import Device
from fleet.registry.device_row import DeviceRow
from muster.operator import doctor_table
from muster.operator.doctor_rows import MISSING, ORPHAN, TOO_MANY, WRONG
from muster.operator.doctor_table import Unreadable

BROKEN = "incomplete directory"
FORMER = ("#DEVICES", "#DELETED")
"""The ends of partition keys under which releases without directories listed devices."""
Known = Mapping[str, Device | Unreadable]
"""Devices by id."""


@dataclass(frozen=True)
class WrongRow:
    """A row of a directory that differs from what the devices say, and the id of its device. `key` has its order.

    BROKEN: the whole directory, because of what `broken` says.
    """

    kind: str
    key: Key
    stored: DeviceRow | None
    row: DeviceRow | None
    device: str | None
    broken: str | None = None


@dataclass(frozen=True)
class Survey:
    """What a directory has, by order. `broken`: why its rows are not all there; `contents` None: they cannot be made anew either."""

    rows: Mapping[str, DeviceRow]
    contents: Contents[DeviceRow] | None
    broken: str | None = None


def survey(organization: str, deleted: bool) -> Survey:
    """Read a directory, whatever state it is in."""
    directory = device_row.directory(deleted)
    try:
        for _ in attempts():
            found = directory.read(EVERYWHERE, organization, "")
            if complete := directory.complete(found, found.spine.segments, organization):
                break
    except (zlib.error, KeyError, TypeError, ValueError) as error:
        return Survey({}, None, f"what cannot be read ({type(error).__name__})")
    parts = [part for part in found.parts() if part.segment is None or part.segment.key in found.segments]
    rows = {row.order: row for part in parts for row in found.rows(part)}
    return Survey(rows, found, None if complete else "a list without some of its segments")


def organization_of(pk: str) -> str | None:
    """The organization of a directory of devices; None for any other partition."""
    starts = (each.key("")[0] for each in device_row.DIRECTORIES)
    return next((pk.removeprefix(start) for start in starts if pk.startswith(start)), None)


def devices_by_id(ids: Iterable[str]) -> Known:
    """Those of these devices that are there."""
    pairs = {id: devices.key(id) for id in ids}
    found = fetch(EVERYWHERE, every({id: unchecked_item(pair) for id, pair in pairs.items()}))
    seen = {id: doctor_table.device_of(pairs[id], item) for id, item in found.items()}
    return {id: device for id, device in seen.items() if device is not None}


def ids_of(organization: str) -> set[str]:
    """The ids in the directories of an organization. What else is in their rows may be wrong."""
    return {row.id for deleted in (False, True) for row in survey(organization, deleted).rows.values()}


def compare(organization: str, deleted: bool, found: Survey, known: Known) -> Iterator[WrongRow]:
    """What differs from these devices. About one that is unreadable nobody can say."""
    directory = device_row.directory(deleted)
    if found.broken:
        yield WrongRow(BROKEN, directory.key(organization), None, None, None, found.broken)
    expected = {row.order: row for row in _rows(known, deleted)}
    for order in sorted(found.rows.keys() | expected.keys()):
        stored, row = found.rows.get(order), expected.get(order)
        id = (stored or expected[order]).id
        device = known.get(id)
        right = stored is not None and row is not None and row.says_the_same(stored) and stored.version <= row.version
        if not right and not isinstance(device, Unreadable):
            kind = MISSING if stored is None else WRONG if row else TOO_MANY if device else ORPHAN
            yield WrongRow(kind, directory.key(organization, order), stored, row, id)


def _rows(known: Known, deleted: bool) -> Iterator[DeviceRow]:
    for device in known.values():
        if isinstance(device, Device) and (row := device_row.row(device, deleted)):
            yield row


def look(organization: str, deleted: bool, ids: Iterable[str]) -> list[WrongRow]:
    """What is wrong with a directory. `ids` are those of devices that were seen."""
    before = survey(organization, deleted)
    known = devices_by_id({*ids, *(row.id for row in before.rows.values())})
    after = survey(organization, deleted)
    found = compare(organization, deleted, after, known)
    return [each for each in found if each.kind == BROKEN or before.rows.get(each.key[1]) == after.rows.get(each.key[1])]


def mend(organization: str, deleted: bool, ids: Collection[str]) -> bool:
    """Make a directory anew from the devices; False where an item of it cannot be read. Rows without devices stay.

    Whoever changes a device after it was read here writes its recent row, which has a later version and stays. If that is folded
    meanwhile, all is read again.
    """
    directory = device_row.directory(deleted)
    for _ in attempts():
        found = survey(organization, deleted)
        if found.contents is None:
            return False
        known = devices_by_id({*ids, *(row.id for row in found.rows.values())})
        left = [row for row in found.rows.values() if not isinstance(known.get(row.id), Device)]
        right = {row.order: row for row in (*_rows(known, deleted), *left)}
        following = rearranged(_as_recent(right.values(), found.contents.spine.generation), directory.sizes)
        try:
            fold.store(EVERYWHERE, directory, organization, Contents(spine=found.contents.spine), following)
        except Stale:
            continue
        _drop_recent(directory, organization, found.contents.recent, right)
        return True
    raise TooMany("The directory is being changed too much at once: run the command again")


def delete_orphan(organization: str, deleted: bool, orphan: DeviceRow) -> bool:
    """Take a row without a device out of a directory; False when the device is there by now."""
    check = Write.check(devices.key(orphan.id), NEW)
    return attempt(check, *device_row.directory(deleted).gone_writes(EVERYWHERE, organization, orphan.order, orphan.version))


def _as_recent(rows: Iterable[DeviceRow], generation: int) -> Contents[DeviceRow]:
    return Contents([Recent(row.order, row.version, row) for row in sorted(rows)], Spine(generation))


def _drop_recent(
    directory: Directory[DeviceRow], organization: str, recent: Iterable[Recent[DeviceRow]], right: Mapping[str, DeviceRow]
) -> None:
    """Delete recent rows that would win over the rows of the segments, unless they have changed since."""
    for each in recent:
        row = right.get(each.order)
        same = row is None if each.row is None else each.row.says_the_same(row)
        if not same or (row is not None and each.version > row.version):
            attempt(Write.delete(directory.key(organization, RECENT + each.order), "version = :read", read={"N": str(each.version)}))
