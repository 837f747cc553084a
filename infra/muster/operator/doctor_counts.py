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
from fleet.aws.reads import every, fetch, unchecked_item
from fleet.aws.table import Item, Key
from fleet.aws.writes import NEW, Write
from fleet.registry import groups, locations, projections
from fleet.registry.device import Device
from fleet.registry.group import is_deployment
from muster.operator import doctor_lists, doctor_table
from muster.operator.doctor_lists import Known
from muster.operator.doctor_table import Unreadable

COUNT, UNSETTLED, GONE = "wrong count", "unsettled count", "missing owner of a count"
COUNTED = {groups.key("")[1]: "devices", locations.key("")[1]: "gateways"}
"""The attributes that count devices, by the sort key of the item that has them."""
_ZERO = {"N": "0"}


@dataclass(frozen=True)
class WrongCount:
    """A number of devices that differs from the devices. GONE: they are in something that is not there; UNSETTLED: they kept changing, or
    one of them is unreadable. `stored` is the attribute as DynamoDB has it, None where there is no item.
    """

    kind: str
    key: Key
    organization: str
    stored: Any
    number: int


def numbers(known: Iterable[Device]) -> Counter[Key]:
    """How many of the devices each location and group has to count."""
    return Counter(pair for device in known for pair in projections.counts(device))


def attribute_in(pair: Key, item: Item | None) -> Any:
    """The number that is stored, as DynamoDB has it; None where there is no item."""
    return None if item is None else item.get(COUNTED[pair[1]], _ZERO)


def look(organization: str, pairs: Iterable[Key], known: Iterable[str]) -> Iterator[WrongCount]:
    """What is wrong with the numbers of these locations and groups of an organization. `known` are ids of devices that were seen."""
    wanted, ids = list(pairs), set(known)
    for _ in attempts():
        before = _devices(organization, ids)
        items = fetch(EVERYWHERE, every({pair: unchecked_item(pair) for pair in wanted}))
        after = _devices(organization, ids)
        if before == after:
            yield from _compare(organization, items, after)
            return
    number = numbers(_readable(after))
    yield from (WrongCount(UNSETTLED, pair, organization, attribute_in(pair, items[pair]), number[pair]) for pair in wanted)


def _devices(organization: str, known: Iterable[str]) -> Known:
    return doctor_lists.devices_by_id({*known, *doctor_lists.ids_of(organization)})


def _readable(seen: Known) -> list[Device]:
    return [device for device in seen.values() if isinstance(device, Device)]


def _compare(organization: str, items: Mapping[Key, Item | None], seen: Known) -> Iterator[WrongCount]:
    """Devices that are unreadable may be counted anywhere: a number that is higher by no more than these is not called wrong."""
    readable = _readable(seen)
    number, doubtful = numbers(readable), len(seen) - len(readable)
    for pair, item in items.items():
        stored = attribute_in(pair, item)
        right = [{"N": str(number[pair] + more)} for more in range(doubtful + 1)]
        if stored not in right and (stored is not None or number[pair]):
            kind = UNSETTLED if doubtful else COUNT
            yield WrongCount(GONE if stored is None else kind, pair, organization, stored, number[pair])


def mend(wrong: WrongCount, known: Iterable[str]) -> str | None:
    """Put a number right, and say so; None when it was right before, or that is not possible.

    Each device that comes or goes changes the number and the devices alike, in one transaction: so when the number is the one that was
    seen, the devices are as many.
    """

    def mending(found: WrongCount) -> list[Write] | None:
        if found.kind != COUNT:
            return None
        attribute = COUNTED[found.key[1]]
        condition = f"attribute_not_exists({attribute}) OR {attribute} = :stored" if found.stored == _ZERO else f"{attribute} = :stored"
        values: dict[str, Any] = {"number": {"N": str(found.number)}, "stored": found.stored}
        return [Write.update(found.key, f"SET {attribute} = :number", f"attribute_exists(pk) AND ({condition})", **values)]

    mended = doctor_table.put_right(wrong, lambda: next(look(wrong.organization, [wrong.key], known), None), mending)
    return None if mended is None else "corrected"


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


def look_at_name(organization: str, id: str) -> WrongName | None:
    """Whether the set is wrong about a group, at one moment. About one that is unreadable nobody can say."""
    known, of_group = groups.unshown(organization), groups.key(id)
    seen = doctor_table.snapshot([known, of_group])
    group = doctor_table.group_of(of_group, seen[of_group])
    if isinstance(group, Unreadable):
        return None
    unshown = group is not None and not is_deployment(group.name)
    stored = id in (seen[known] or {}).get("ids", {}).get("SS", [])
    return None if stored == unshown else WrongName(organization, id, unshown, seen[of_group])


def mend_name(wrong: WrongName) -> str | None:
    """Put the set right about a group, on condition that the group has the name that was seen; None when it was right before."""

    def mending(found: WrongName) -> list[Write]:
        seen: dict[str, Any] = {"condition": NEW} if found.body is None else {"condition": "body = :body", "body": found.body["body"]}
        change, condition = ("ADD", "NOT contains(ids, :id)") if found.unshown else ("DELETE", "contains(ids, :id)")
        values: dict[str, Any] = {"ids": {"SS": [found.group]}, "id": {"S": found.group}, "org": {"S": found.organization}}
        written = Write.update(found.key, f"SET org = :org {change} ids :ids", condition, **values)
        return [Write.check(groups.key(found.group), **seen), written]

    mended = doctor_table.put_right(wrong, lambda: look_at_name(wrong.organization, wrong.group), mending)
    return None if mended is None else "corrected"
