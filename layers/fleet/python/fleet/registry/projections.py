"""The projections of devices: rows that lists and requests by another name read, all of them derived from the device.

    SN#<sn>                    CARD        a gateway by its serial number (`Card`), and beside it what it reported
    SN#<sn>                    STATUS      beside what there is of a gateway's status report: whose it is
    LOCATION#<id>#GATEWAYS     <sn>        a copy of the card, in the location that a gateway is in
    LOCATION#<id>#GATEWAYS     <sn>#STATUS a copy of the status
    TUID#<tuid>                CARD        a thing by its TUID (`Thing`)
    GROUP#<id>#THINGS          <tuid>      a thing in its group
    UNIQUE#DEVICE-KEY#<hash>   UNIQUE      a device's secret key is nobody else's
    PURGE#<shard>              <second>#<id>   when a deleted device is to be purged

The directories of devices have a row of each device too (`fleet.registry.device_row`). Locations and groups count their devices.
Nothing else writes these rows and counts: `writes` derives the changes from the device before and after, and `muster doctor registry`
compares what is stored with `rows` and `counts`. It knows the rows by `PROJECTIONS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

from fleet.access import Reach
from fleet.aws.items import Items
from fleet.aws.sections import pack
from fleet.aws.table import Key
from fleet.aws.writes import NEW, THERE, Write
from fleet.grants import ANY, F, needs, uses
from fleet.ids import ANY_ID, ANY_ID_AS_UUID
from fleet.registry import device_row, gateways, groups, locations, purges, things
from fleet.registry.device import Device
from fleet.registry.gateway import Card
from fleet.registry.reports import KINDS, Reports
from fleet.registry.thing import Thing

Counts = Mapping[Key, Mapping[str, int]]
"""Changes of numbers, by item and attribute."""
_BESIDE_STATUS = frozenset({"status"})
_BESIDE_CARD = frozenset(KINDS) - _BESIDE_STATUS
SERIAL_NUMBER_TAKEN, TUID_TAKEN, DEVICE_KEY_TAKEN = "serial-number-taken", "tuid-taken", "device-key-taken"
"""Conditions: no other device has the name."""
GONE = {"GROUP": groups.GONE, "LOCATION": locations.GONE}
"""Conditions: the group or location that counts the device is there."""


@dataclass(frozen=True)
class Projection:
    """A kind of row, for whoever meets rows without their devices: `muster doctor registry`.

    `key` has ANY for each value. `attributes` follow from the device; what a gateway reported is not among them. `owner` is the
    attribute with the id of the device, or `sk` (the sort key); None: the row does not say whose it is. `named` is the key of the row
    that says which device has the name at the end of this key.
    """

    key: Key
    attributes: tuple[str, ...]
    owner: str | None
    named: Callable[[str], Key] | None = None

    def matches(self, pair: Key) -> bool:
        """Whether a row of this key is of this kind."""
        return self._pattern.fullmatch("\n".join(pair)) is not None

    def named_by(self, pair: Key) -> list[Key]:
        """The keys of other rows that say whose this row may be."""
        match = self._pattern.fullmatch("\n".join(pair))
        return [self.named(match.groups()[-1])] if match and self.named else []

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = zip(self.key, ("([^#\n]+)", "(.+)"), strict=True)
        return re.compile("\n".join(re.escape(part).replace(re.escape(ANY), value) for part, value in parts))


@dataclass(frozen=True)
class Row:
    """What a projection holds. `reported`: the kinds of reports of a gateway that are stored beside it, and not derived from the device.

    `taken` is the name of the condition that no other device has its key; None for a key that no other can have.
    """

    attributes: Mapping[str, Any]
    reported: frozenset[str] = frozenset()
    taken: str | None = None


def rows(reach: Reach, device: Device | None) -> dict[Key, Row]:
    """The projections of a device, by their keys. One that is deleted keeps its names."""
    return {} if device is None else dict(_rows(reach, device))


def _rows(reach: Reach, device: Device) -> Iterator[tuple[Key, Row]]:
    there = device.deleted is None
    if device.serial_number is not None:
        yield from _gateway_rows(reach, device, device.serial_number)
    if device.tuid is not None:
        thing = {**Items(Thing, "Thing").attributes(reach, Thing.of(device)), **_named(device)}
        yield things.key(device.tuid), Row(thing, taken=TUID_TAKEN)
        if there:
            yield groups.member(device.shown_group, device.tuid), Row({})
    if device.key is not None:
        hashed = sha256(device.key.encode()).hexdigest()
        yield device_key(hashed), Row({"id": {"S": device.id}}, taken=DEVICE_KEY_TAKEN)
    if (purge := purges.key(device)) is not None:
        yield purge, Row(_named(device))


def _gateway_rows(reach: Reach, device: Device, sn: str) -> Iterator[tuple[Key, Row]]:
    of = _named(device)
    card = Row({**Items(Card, "Gateway").attributes(reach, Card.of(device)), **of}, _BESIDE_CARD, taken=SERIAL_NUMBER_TAKEN)
    status = Row(of, _BESIDE_STATUS)
    yield from zip((gateways.card_key(sn), gateways.status_key(sn)), (card, status), strict=True)
    if device.location is not None and device.deleted is None:
        yield from zip(gateways.copies(device.location, sn), (replace(card, taken=None), status), strict=True)


def _named(device: Device) -> dict[str, Any]:
    """The attribute by which a row of a name says whose it is."""
    return {"device": {"S": device.id}}


def device_key(hashed: str) -> Key:
    """The row of a device's secret key, by its SHA-256 in hexadecimal."""
    return f"UNIQUE#DEVICE-KEY#{hashed}", "UNIQUE"


_ENTITY = ("org", "body", "version", "device")
_CARD_COPY, _STATUS_COPY = gateways.copies(ANY, ANY)
PROJECTIONS = (
    Projection(gateways.card_key(ANY), _ENTITY, "device"),
    Projection(gateways.status_key(ANY), ("device",), "device", gateways.card_key),
    Projection(_STATUS_COPY, ("device",), "device", gateways.card_key),
    Projection(_CARD_COPY, _ENTITY, "device", gateways.card_key),
    Projection(things.key(ANY), _ENTITY, "device"),
    Projection(groups.member(ANY, ANY), (), None, things.key),
    Projection(device_key(ANY), ("id",), "id"),
    Projection(purges.pattern(), ("device",), "device"),
)
"""All kinds of rows that `rows` derives. Of several that match a key, the first is meant."""
COUNTED = (locations.key(ANY_ID_AS_UUID), groups.key(ANY_ID))
"""What counts devices."""


def reached(*actions: str, keys: Sequence[Key]) -> Callable[[F], F]:
    """Says for a use case which rows of a device its changes reach. The stores that it uses write them, whichever they are."""
    return uses(needs("FleetTable", *actions, keys=keys)(lambda: None))


_ANYWHERE = reached("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", keys=[*(each.key for each in PROJECTIONS), *COUNTED])
_LISTED = reached("dynamodb:PutItem", keys=[device_row.key(deleted) for deleted in (False, True)])


def writes_any(function: F) -> F:
    """Marks a use case whose changes of a device may reach any of its projections. One of a route names those that it reaches."""
    return _ANYWHERE(_LISTED(function))


def projection(pair: Key) -> Projection | None:
    """The kind of row that has such a key; None: it is no projection."""
    return next((each for each in PROJECTIONS if each.matches(pair)), None)


def counts(device: Device | None) -> dict[Key, str]:
    """The items that count a device: their keys, and the attribute that is the number."""
    if device is None or device.deleted is not None:
        return {}
    counted = {} if device.location is None else {locations.key(device.location): "gateways"}
    return counted if device.group is None else counted | {groups.key(device.group): "devices"}


def writes(reach: Reach, before: Device | None, after: Device | None, reports: Reports, counted: Counts) -> Iterator[Write]:
    """The writes that take the projections from one version of a device to the next. None: there is no such device.

    `reports` are those of a gateway that goes to another location: its copy there begins with them. `counted` are further changes of
    counts, in the same items. The writes hold only together with that of the device, which is on condition of the version before: so
    nothing else changes the same rows meanwhile.
    """
    old, new = rows(reach, before), rows(reach, after)
    for key, row in new.items():
        if old.get(key) != row:
            yield _put(key, row, key in old, reports)
    yield from (Write.delete(key, None) for key in old.keys() - new.keys())
    yield from device_row.writes(reach, before, after)
    lost, gained = counts(before), counts(after)
    changes = {key: {attribute: -1} for key, attribute in lost.items() if key not in gained}
    changes |= {key: {attribute: 1} for key, attribute in gained.items() if key not in lost}
    for key in changes.keys() | counted.keys():
        yield _count(key, {**changes.get(key, {}), **counted.get(key, {})})


def _put(key: Key, row: Row, there: bool, reports: Reports) -> Write:
    if row.taken and not there:
        return Write.put(key, row.attributes, NEW, named=row.taken)
    if row.reported and there:
        return Write.update(key, f"SET {', '.join(f'{name} = :{name}' for name in row.attributes)}", None, **row.attributes)
    known = {kind: pack(report.mark, report.document) for kind, report in reports.known.items() if kind in row.reported}
    return Write.put(key, {**row.attributes, **known}, None)


def _count(key: Key, changes: Mapping[str, int]) -> Write:
    expression = ", ".join(f"{attribute} :{attribute}" for attribute in changes)
    return Write.update(key, f"ADD {expression}", THERE, named=GONE[key[1]], **{name: {"N": str(by)} for name, by in changes.items()})
