"""Compares what is stored of devices under other keys, and counted, with the devices, and puts right what differs.

The table is read by a scan while others write it. So what differs there is looked at again (`doctor_rows`, `doctor_counts`), and only
reported when it was wrong at one moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fleet.access import EVERYWHERE
from fleet.aws.table import Item, Key
from fleet.aws.writes import Write, attempt
from fleet.registry import devices, groups, locations, projections
from fleet.registry.device import Device
from fleet.registry.device_row import DeviceRow
from fleet.registry.group import Group, is_deployment
from muster.operator import doctor_counts, doctor_lists, doctor_rows, doctor_table
from muster.operator.doctor_counts import WrongCount, WrongName
from muster.operator.doctor_rows import WrongRow
from muster.operator.doctor_table import Unreadable

UNREADABLE = "unreadable"
ADVICE = {
    UNREADABLE: "An unreadable item is never repaired: put back the item of this key from a backup (point-in-time recovery), then run this "
    "again. Until then nothing is changed that may follow from it; while a device is unreadable, no orphaned row is deleted.",
    doctor_rows.ORPHAN: "An orphaned row is all that is left of a device whose item DEVICE#<id> / DEVICE is missing, and may be the last "
    "copy of its names. Put that item back from a backup (point-in-time recovery), or delete all such rows with --repair --orphans.",
}
"""What people can do about the kinds of differences that are left to them."""
E = TypeVar("E")


@dataclass(frozen=True)
class Difference:
    """What differs: the kind, the key, what is stored there and what should be, and the id of the device if it is one device's.

    `done` is what `--repair` did about it, None where nothing was done.
    """

    kind: str
    key: str
    stored: Any
    expected: Any
    device: str | None
    done: str | None


@dataclass(frozen=True)
class Diagnosis:
    """How much was compared, and what differs."""

    devices: int
    rows: int
    counts: int
    differences: list[Difference]

    @property
    def healthy(self) -> bool:
        """Whether nothing differs, or everything has been put right."""
        return all(difference.done for difference in self.differences)


@dataclass
class Contents:
    """What a scan found: devices and groups by id, rows and items that count devices by key, sets of groups by organization.

    `unreadable` are items that are not what their keys say, `listed` organizations that have directories, `former` rows by which releases
    without directories listed devices.
    """

    devices: dict[str, Device] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    rows: dict[Key, doctor_table.Content] = field(default_factory=dict)
    counting: dict[Key, Item] = field(default_factory=dict)
    unshown: dict[str, set[str]] = field(default_factory=dict)
    unreadable: dict[Key, Unreadable] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    former: dict[str, list[Key]] = field(default_factory=lambda: defaultdict(list))

    def add(self, pair: Key, item: Item) -> None:
        id = pair[0].partition("#")[2]
        if self._is_listing(pair):
            return
        if projections.projection(pair):
            self.rows[pair] = doctor_table.content(item) or {}
        elif pair == devices.key(id):
            if device := self._readable(pair, doctor_table.device_of(pair, item)):
                self.devices[id] = device
        elif pair == groups.key(id):
            if group := self._readable(pair, doctor_table.group_of(pair, item)):
                self.groups[id], self.counting[pair] = group, item
        elif pair == locations.key(id):
            if self._readable(pair, doctor_table.location_of(pair, item)):
                self.counting[pair] = item
        elif pair == groups.unshown(id) and (ids := self._readable(pair, doctor_table.ids_in(pair, item))):
            self.unshown[id] = ids

    def _is_listing(self, pair: Key) -> bool:
        if organization := doctor_lists.organization_of(pair[0]):
            self.listed.add(organization)
        elif pair[0].endswith(doctor_lists.FORMER):
            self.former[pair[0]].append(pair)
        else:
            return False
        return True

    def _readable(self, pair: Key, found: E | Unreadable | None) -> E | None:
        if not isinstance(found, Unreadable):
            return found
        self.unreadable[pair] = found
        return None

    def known(self, organization: str) -> list[str]:
        """The ids of the devices of an organization, and of those that may be its devices."""
        own = [device.id for device in self.devices.values() if device.organization == organization]
        return own + [each.device for each in self.unreadable.values() if each.device and each.organization in (None, organization)]

    def differing_rows(self) -> Iterator[tuple[Key, list[str]]]:
        """The keys of rows that are not what the devices say, and the ids of the devices that have them, or the names in them."""
        owners: dict[Key, list[str]] = defaultdict(list)
        for device in self.devices.values():
            for pair, row in projections.rows(EVERYWHERE, device).items():
                owners[pair].append(device.id)
                if self.rows.get(pair) != row.attributes:
                    yield pair, owners[pair]
        for pair in self.rows.keys() - owners.keys():
            kind = projections.projection(pair)
            yield pair, [id for other in (kind.named_by(pair) if kind else ()) for id in owners.get(other, ())]
        yield from ((pair, ids) for pair, ids in owners.items() if len(ids) > 1)

    def differing_counts(self) -> dict[str, list[Key]]:
        """The keys of the items whose number is not that of the devices, by organization."""
        numbers = doctor_counts.numbers(self.devices.values())
        found: dict[str, list[Key]] = defaultdict(list)
        for pair in numbers | dict.fromkeys(self.counting, 0):
            if doctor_counts.attribute_in(pair, self.counting.get(pair)) != {"N": str(numbers[pair])}:
                found[self._organization(pair)].append(pair)
        return found

    def _organization(self, pair: Key) -> str:
        if pair in self.counting:
            return self.counting[pair]["org"]["S"]
        return next(device.organization for device in self.devices.values() if pair in doctor_counts.numbers([device]))

    def differing_names(self) -> Iterator[tuple[str, str]]:
        """Organizations with the ids of groups about which their set of those that the Thingsee API does not show is wrong."""
        named = {(group.organization, group.id) for group in self.groups.values() if not is_deployment(group.name)}
        stored = {(organization, id) for organization, ids in self.unshown.items() for id in ids}
        unreadable = self.unreadable.keys()
        for organization, id in sorted(named ^ stored):
            if unreadable.isdisjoint({groups.key(id), groups.unshown(organization)}):
                yield organization, id


def registry(*, repair: bool, orphans: bool = False) -> Diagnosis:
    """Compare all projections and counts with the devices; with `repair`, put right what differs. Doing it again changes nothing more.

    Rows of devices that are not there are only deleted with `orphans`, and while no device is unreadable: it may have such a row.
    """
    found = Contents()
    for pair, item in doctor_table.scan():
        found.add(pair, item)
    delete_orphans = orphans and not any(each.device for each in found.unreadable.values())
    mend = (lambda wrong: doctor_rows.mend(wrong, delete_orphans)) if repair else None
    lists = [*_lists(found, repair, delete_orphans), *_former(found, repair)]
    differences = [*_unreadable(found), *_rows(found, mend), *lists, *_counts(found, repair), *_names(found, repair)]
    return Diagnosis(len(found.devices), len(found.rows), len(found.counting), differences)


def _unreadable(found: Contents) -> Iterator[Difference]:
    for pair, item in sorted(found.unreadable.items()):
        stored = f"an item that cannot be read ({item.reason})"
        expected = "a set of ids" if pair[1] == groups.unshown("")[1] else f"a {pair[1].lower()}"
        yield Difference(UNREADABLE, _text(pair), stored, expected, item.device, None)


def _rows(found: Contents, mend: Callable[[WrongRow], str | None] | None) -> Iterator[Difference]:
    suspected: dict[Key, set[str]] = defaultdict(set)
    for pair, ids in found.differing_rows():
        suspected[pair].update(ids)
    for pair in sorted(suspected):
        if wrong := doctor_rows.look(pair, suspected[pair]):
            yield _row(wrong, mend(wrong) if mend else None)


def _row(wrong: WrongRow, done: str | None) -> Difference:
    expected = doctor_table.plain(wrong.row.attributes) if wrong.row else None
    named = {
        doctor_rows.TWICE: [id for id, device in wrong.seen.items() if device],
        doctor_rows.ORPHAN: [id for id, device in wrong.seen.items() if not device],
    }
    owner = wrong.device.id if wrong.device else " and ".join(named.get(wrong.kind, ())) or None
    return Difference(wrong.kind, _text(wrong.key), doctor_table.plain(wrong.stored), expected, owner, done)


def _lists(found: Contents, repair: bool, orphans: bool) -> Iterator[Difference]:
    own = {device.organization for device in found.devices.values()}
    for organization in sorted(own | found.listed):
        ids = found.known(organization)
        known = {id: found.devices[id] for id in ids if id in found.devices}
        for deleted in (False, True):
            if any(doctor_lists.compare(organization, deleted, doctor_lists.survey(organization, deleted), known)):
                yield from _list(organization, deleted, ids, repair, orphans)


def _list(organization: str, deleted: bool, ids: Sequence[str], repair: bool, orphans: bool) -> Iterator[Difference]:
    wrong = doctor_lists.look(organization, deleted, ids)
    mended = repair and any(each.kind != doctor_rows.ORPHAN for each in wrong) and doctor_lists.mend(organization, deleted, ids)
    for each in wrong:
        if each.kind == doctor_rows.ORPHAN and each.stored:
            done = "deleted" if repair and orphans and doctor_lists.delete_orphan(organization, deleted, each.stored) else None
        else:
            done = "listed anew" if mended else None
        stored, expected = (each.broken, "all rows") if each.broken else (_plain(each.stored), _plain(each.row))
        yield Difference(each.kind, _text(each.key), stored, expected, each.device, done)


def _plain(row: DeviceRow | None) -> dict[str, Any] | None:
    return None if row is None else {name: value for name, value in row._asdict().items() if value not in (None, [])}


def _former(found: Contents, repair: bool) -> Iterator[Difference]:
    for pk, pairs in sorted(found.former.items()):
        if repair:
            for pair in pairs:
                attempt(Write.delete(pair, None))
        yield Difference("list of a former release", pk, f"{len(pairs)} rows", None, None, "deleted" if repair else None)


def _counts(found: Contents, repair: bool) -> Iterator[Difference]:
    for organization, pairs in sorted(found.differing_counts().items()):
        known = found.known(organization)
        for wrong in list(doctor_counts.look(organization, sorted(pairs), known)):
            yield _count(wrong, doctor_counts.mend(wrong, known) if repair else None)


def _count(wrong: WrongCount, done: str | None) -> Difference:
    return Difference(wrong.kind, _text(wrong.key), _number(wrong.stored), wrong.number, None, done)


def _number(attribute: Any) -> Any:
    if attribute is None:
        return None
    return int(attribute["N"]) if "N" in attribute else attribute


def _names(found: Contents, repair: bool) -> Iterator[Difference]:
    for organization, id in found.differing_names():
        if wrong := doctor_counts.look_at_name(organization, id):
            yield _name(wrong, doctor_counts.mend_name(wrong) if repair else None)


def _name(wrong: WrongName, done: str | None) -> Difference:
    stored, expected = (None, wrong.group) if wrong.unshown else (wrong.group, None)
    return Difference(doctor_rows.MISSING if wrong.unshown else doctor_rows.TOO_MANY, _text(wrong.key), stored, expected, None, done)


def _text(pair: Key) -> str:
    return " / ".join(pair)


def in_words(diagnosis: Diagnosis) -> str:
    """A line for each difference, what people can do about those that are left to them, and one for what was compared."""
    compared = f"{diagnosis.devices} devices, {diagnosis.rows} rows and {diagnosis.counts} counts compared"
    left = sum(not difference.done for difference in diagnosis.differences)
    kinds = {difference.kind for difference in diagnosis.differences if not difference.done}
    advice = [text for kind, text in ADVICE.items() if kind in kinds]
    found = f"{len(diagnosis.differences)} differences" + (f", {left} of them left" if diagnosis.differences else "")
    return "\n".join([*map(_line, diagnosis.differences), *advice, f"{compared}: {found}"])


def _line(difference: Difference) -> str:
    of = f" (device {difference.device})" if difference.device else ""
    stored, expected = (_shown(each) for each in (difference.stored, difference.expected))
    return f"{difference.kind}: {difference.key}: {stored} is stored, should be {expected}{of}: {difference.done or 'not repaired'}"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name}={each}" for name, each in value.items()) or "an empty row"
    return "nothing" if value is None else str(value)
