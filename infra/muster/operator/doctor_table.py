"""The fleet table as the doctor reads it: all of it by scans, a few items in a consistent snapshot, and conditions on what was read.

Only here is the table scanned: what is deployed reads by key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.aws.backoff import attempts
from fleet.aws.contention import repeated
from fleet.aws.reads import Found, Read
from fleet.aws.table import Item, Key, key, table
from fleet.aws.writes import Refused, Write, transact
from fleet.errors import TooMany
from fleet.grants import ANY
from fleet.registry import devices, groups, locations, projections
from fleet.registry.device import Device
from fleet.registry.device_row import DIRECTORIES
from fleet.registry.devices import Devices
from fleet.registry.group import Group
from fleet.registry.groups import Groups
from fleet.registry.location import Location
from fleet.registry.locations import Locations
from fleet.registry.projections import PROJECTIONS
from muster.operator.scan import beginning_with

CONTENT = tuple(dict.fromkeys(name for each in PROJECTIONS for name in each.attributes))
"""The attributes of rows that follow from devices. Any other, beside a card, is what the gateway reported."""
_FIELDS = ("pk", "sk", *CONTENT, "gateways", "devices", "ids")
_KEYS = (devices.key(ANY), groups.key(ANY), groups.unshown(ANY), locations.key(ANY), *(each.key for each in PROJECTIONS))
_PREFIXES = tuple(dict.fromkeys(pk.partition(ANY)[0] for pk, _ in (*_KEYS, *(each.key(ANY) for each in DIRECTORIES))))
_BUSY = "The table is being changed too much at once: run the command again"
E = TypeVar("E", Device, Group, Location)


class Wrong(Protocol):
    """What differs from the devices at a key."""

    @property
    def key(self) -> Key: ...


W = TypeVar("W", bound=Wrong)
Content = Mapping[str, Any]


def scan() -> Iterator[tuple[Key, Item]]:
    """The items of the partitions that devices have a part in, without what gateways reported. Reads are consistent, each for itself."""
    for item in beginning_with(_PREFIXES, fields=_FIELDS):
        yield (item["pk"]["S"], item["sk"]["S"]), item


def snapshot(pairs: Iterable[Key]) -> dict[Key, Item | None]:
    """The items of these keys, at most 100, as they were at one moment; None where nothing is stored.

    DynamoDB cancels such a read while one of the items is written, or throttled. It is tried again; TooMany when that does not help.
    """
    wanted, client = list(dict.fromkeys(pairs)), clients.dynamodb()
    request: Any = [{"Get": {"TableName": table(), "Key": key(pair)}} for pair in wanted]
    answer = repeated(lambda: client.transact_get_items(TransactItems=request), _BUSY)
    return {pair: each.get("Item") or None for pair, each in zip(wanted, answer["Responses"], strict=True)}


@dataclass(frozen=True)
class Unreadable:
    """An item that is not what its key says, and why, without what is in it; its organization, and the id if it is a device's.

    None: it names no organization, or is no device's.
    """

    reason: str
    organization: str | None
    device: str | None

    @classmethod
    def of(cls, pair: Key, item: Item, reason: str) -> Self:
        id = _id(pair)
        return cls(reason, item.get("org", {}).get("S"), id if pair == devices.key(id) else None)


def device_of(pair: Key, item: Item | None) -> Device | Unreadable | None:
    """The device that an item is."""
    return _entity(Devices.even_deleted(_id(pair)), pair, item)


def group_of(pair: Key, item: Item | None) -> Group | Unreadable | None:
    """The group that an item is."""
    return _entity(Groups.by_id(_id(pair)), pair, item)


def location_of(pair: Key, item: Item | None) -> Location | Unreadable | None:
    """The location that an item is."""
    return _entity(Locations.by_id(_id(pair)), pair, item)


def _id(pair: Key) -> str:
    return pair[0].partition("#")[2]


def _entity(read: Read[E], pair: Key, item: Item | None) -> E | Unreadable | None:
    if item is None:
        return None
    try:
        entity = read.parse(EVERYWHERE, Found([pair], {pair: item}))
    except ValidationError as error:
        return Unreadable.of(pair, item, "; ".join(map(_problem, error.errors(include_input=False, include_url=False))))
    except (KeyError, TypeError, ValueError):
        return Unreadable.of(pair, item, "an attribute is missing or of the wrong type")
    beside = {"org": {"S": entity.organization}}
    if not isinstance(entity, Group):
        beside["version"] = {"N": str(entity.version)}
    if entity.id != _id(pair) or any(item.get(name) != value for name, value in beside.items()):
        return Unreadable.of(pair, item, "its key and attributes are not those of what is in its body")
    return entity


def _problem(found: ErrorDetails) -> str:
    return ": ".join(map(str, (*found["loc"], found["msg"])))


def ids_in(pair: Key, item: Item) -> set[str] | Unreadable:
    """The ids of the groups of an organization that the Thingsee API does not show."""
    ids = item.get("ids", {"SS": []})
    return set(ids["SS"]) if "SS" in ids else Unreadable.of(pair, item, "an attribute is of the wrong type")


def devices_in(seen: Mapping[Key, Item | None]) -> dict[str, Device | Unreadable | None]:
    """The devices of a snapshot by id; None for one that is not there."""
    return {_id(pair): device_of(pair, item) for pair, item in seen.items() if pair == devices.key(_id(pair))}


def content(item: Item | None) -> Content | None:
    """Those attributes of a row that follow from a device; None where there is no row."""
    return None if item is None else {name: item[name] for name in CONTENT if name in item}


def plain(typed: Content | None) -> dict[str, Any] | None:
    """Attributes without their types, for people; entities as objects."""
    if typed is None:
        return None
    values = {name: next(iter(value.values())) for name, value in typed.items()}
    return {name: _loaded(value) if name == "body" else value for name, value in values.items()}


def _loaded(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body


def named_in(pair: Key, item: Item | None) -> str | None:
    """The id of the device that a row names, or None."""
    kind = projections.projection(pair)
    if item is None or kind is None or kind.owner is None:
        return None
    own = {"S": pair[1]} if kind.owner == "sk" else item.get(kind.owner, {})
    body = _loaded(item["body"].get("S", "")) if "body" in item else None
    named = own.get("S") or (body.get("id") if isinstance(body, dict) else None)
    return str(named) if named else None


def put_right(wrong: W, again: Callable[[], W | None], mending: Callable[[W], Iterable[Write] | None]) -> W | None:
    """Do the writes that put something right, and return what was put right; None where it was right before, or nobody can say how.

    `mending` makes the writes, on condition that it is still as it was seen, or None. When a condition fails, it is looked at `again`.
    """
    found: W | None = wrong
    for number in attempts():
        if number:
            found = again()
        writes = None if found is None else mending(found)
        if writes is None:
            return None
        try:
            transact(list(writes))
        except Refused:
            continue
        return found
    raise TooMany(f"{' '.join(wrong.key)} is being changed too much at once: run the command again")


def still(seen: Content) -> tuple[str, dict[str, str], dict[str, Any]]:
    """The condition that a row has the content that was seen, with its names and values."""
    parts = [f"#{name} = :seen_{name}" if name in seen else f"attribute_not_exists(#{name})" for name in CONTENT]
    condition = " AND ".join(["attribute_exists(pk)", *parts])
    return condition, {f"#{name}": name for name in CONTENT}, {f"seen_{name}": value for name, value in seen.items()}
