"""Numbers of devices that locations and groups have, and the sets of groups that the Thingsee API does not show: compared and put right.

No snapshot holds all devices of an organization. So its devices are read, then the number, then the devices again: when none has
another version and none came or went, the number and the devices are of one moment, that at which the number was read. What remains
possible is a device that is created before that moment and deleted for good after it, both between the two readings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws.backoff import attempts
from fleet.aws.reads import Found, every, fetch, unchecked_item
from fleet.aws.table import Item, Key
from fleet.aws.writes import NEW, Refused, Write, transact
from fleet.errors import TooMany
from fleet.registry import groups, locations, projections
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.registry.group import Group, is_deployment
from fleet.registry.groups import Groups
from muster.operator import doctor_table

COUNT, UNSETTLED, GONE = "wrong count", "unsettled count", "missing owner of a count"
COUNTED = {groups.key("")[1]: "devices", locations.key("")[1]: "gateways"}
"""The attributes that count devices, by the sort key of the item that has them."""


@dataclass(frozen=True)
class WrongCount:
    """A number of devices that differs from the devices. GONE: they are in something that is not there; UNSETTLED: they kept changing."""

    kind: str
    key: Key
    organization: str
    stored: int | None
    number: int


def numbers(known: Iterable[Device]) -> Counter[Key]:
    """How many of the devices each location and group has to count."""
    return Counter(pair for device in known for pair in projections.counts(device))


def number_in(pair: Key, item: Item | None) -> int | None:
    """The number that is stored; None where nothing is."""
    return None if item is None else int(item.get(COUNTED[pair[1]], {"N": "0"})["N"])


def look(organization: str, pairs: Iterable[Key], known: Iterable[str]) -> Iterator[WrongCount]:
    """What is wrong with the numbers of these locations and groups of an organization. `known` are ids of devices that were seen."""
    wanted, ids = list(pairs), set(known)
    for _ in attempts():
        before = _devices(organization, ids)
        items = fetch(EVERYWHERE, every({pair: unchecked_item(pair) for pair in wanted}))
        after = _devices(organization, ids)
        if before == after:
            yield from _compare(organization, items, numbers(after.values()))
            return
    yield from (WrongCount(UNSETTLED, pair, organization, number_in(pair, items[pair]), numbers(after.values())[pair]) for pair in wanted)


def _devices(organization: str, known: Iterable[str]) -> dict[str, Device]:
    listed = (each.id for deleted in (False, True) for each in Devices.of_organization(EVERYWHERE, organization, deleted=deleted))
    found = fetch(EVERYWHERE, every({id: Devices.even_deleted(id).optional() for id in {*known, *listed}}))
    return {id: device for id, device in found.items() if device is not None}


def _compare(organization: str, items: Mapping[Key, Item | None], number: Counter[Key]) -> Iterator[WrongCount]:
    for pair, item in items.items():
        stored = number_in(pair, item)
        if stored != number[pair] and (stored is not None or number[pair]):
            yield WrongCount(GONE if stored is None else COUNT, pair, organization, stored, number[pair])


def mend(wrong: WrongCount, known: Iterable[str]) -> str | None:
    """Put a number right, and say so; None when it was right before, or that is not possible.

    Each device that comes or goes changes the number and the devices alike, in one transaction: so when the number is the one that was
    seen, the devices are as many.
    """
    found: WrongCount | None = wrong
    for number in attempts():
        if number:
            found = next(look(wrong.organization, [wrong.key], known), None)
        if found is None or found.kind != COUNT:
            return None
        attribute = COUNTED[found.key[1]]
        condition = f"{attribute} = :stored" if found.stored else f"attribute_not_exists({attribute}) OR {attribute} = :stored"
        values: dict[str, Any] = {"number": {"N": str(found.number)}, "stored": {"N": str(found.stored)}}
        try:
            transact([Write.update(found.key, f"SET {attribute} = :number", f"attribute_exists(pk) AND ({condition})", **values)])
        except Refused:
            continue
        return "corrected"
    raise TooMany(f"{' '.join(wrong.key)} is being changed too much at once: run the command again")


@dataclass(frozen=True)
class WrongName:
    """A group that the set of those which the Thingsee API does not show lacks (`unshown`), or has although it is shown or gone."""

    organization: str
    group: str
    unshown: bool
    body: Item | None

    @property
    def key(self) -> Key:
        return groups.unshown(self.organization)


def group_of(pair: Key, item: Item | None) -> Group | None:
    """The group that an item is."""
    return Groups.by_id(pair[0].partition("#")[2]).optional().parse(EVERYWHERE, Found([pair], {} if item is None else {pair: item}))


def look_at_name(organization: str, id: str) -> WrongName | None:
    """Whether the set is wrong about a group, at one moment."""
    known, of_group = groups.unshown(organization), groups.key(id)
    seen = doctor_table.snapshot([known, of_group])
    group = group_of(of_group, seen[of_group])
    unshown = group is not None and not is_deployment(group.name)
    stored = id in (seen[known] or {}).get("ids", {}).get("SS", [])
    return None if stored == unshown else WrongName(organization, id, unshown, seen[of_group])


def mend_name(wrong: WrongName) -> str | None:
    """Put the set right about a group, on condition that the group has the name that was seen; None when it was right before."""
    found: WrongName | None = wrong
    for number in attempts():
        if number:
            found = look_at_name(wrong.organization, wrong.group)
        if found is None:
            return None
        seen: dict[str, Any] = {"condition": NEW} if found.body is None else {"condition": "body = :body", "body": found.body["body"]}
        change, condition = ("ADD", "NOT contains(ids, :id)") if found.unshown else ("DELETE", "contains(ids, :id)")
        values: dict[str, Any] = {"ids": {"SS": [found.group]}, "id": {"S": found.group}, "org": {"S": found.organization}}
        written = Write.update(found.key, f"SET org = :org {change} ids :ids", condition, **values)
        try:
            transact([Write.check(groups.key(found.group), **seen), written])
        except Refused:
            continue
        return "corrected"
    raise TooMany(f"{' '.join(wrong.key)} is being changed too much at once: run the command again")
