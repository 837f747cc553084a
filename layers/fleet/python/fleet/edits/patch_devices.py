"""Applies a patch to many devices, and keeps what is above devices right when systems have moved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fleet.access import Reach
from fleet.aws.reads import every, fetch
from fleet.aws.writes import Write
from fleet.edits.apply import Change, apply
from fleet.edits.create_device import check_related
from fleet.edits.device_rules import Surroundings, outcome
from fleet.edits.hierarchies import Hierarchies
from fleet.edits.outcome import Outcome
from fleet.edits.patch import Patch
from fleet.edits.tree import Branch, outdated, up
from fleet.errors import TooMany
from fleet.grants import ANY, uses
from fleet.registry import device_row, gateways, projections, things
from fleet.registry.device import Device
from fleet.registry.devices import Devices

ROUNDS = 8
"""How often the hierarchy is read again for devices that came below a system while it was being moved."""

_PORTION = 200
"""Devices that are brought up to date before it is asked again whether the time is up."""
REACHED = (things.key(ANY), device_row.key())
"""Rows that have what a patch changes, beside the device and what a gateway's card holds: no patch deletes, groups or locates a device."""


@dataclass(frozen=True)
class Beside:
    """What is read beside devices that are patched. `version` is that of the hierarchy; None: no system moves."""

    around: Surroundings
    version: int | None = None


@uses(Devices.by_id)
def named(reach: Reach, organization: str, patch: Patch) -> Surroundings:
    """The devices that a patch names, as far as they are there: live ones of this organization."""
    ids = [id for id in (patch.parent, patch.gateway) if id is not None]
    found = fetch(reach.within(organization), every({id: Devices.by_id(id).optional() for id in ids}))
    parent, gateway = (None if id is None else found[id] for id in (patch.parent, patch.gateway))
    return Surroundings(parent, () if parent is None else (*parent.ancestors, parent.id), gateway)


@uses(named)
def check_named(reach: Reach, organization: str, patch: Patch) -> Surroundings:
    """The devices that a patch names. Invalid unless each is there and may be what the patch makes it, by its class."""
    around = named(reach, organization, patch)
    for name, id, device in (("gatewayId", patch.gateway, around.gateway), ("parentId", patch.parent, around.parent)):
        if id is not None:
            check_related(organization, name, device)
    return around


@uses(Devices.even_deleted)
def above(reach: Reach, parent: Device) -> tuple[str, ...]:
    """The systems above a device that goes below this one, outermost first: as they name their parents, one by the other.

    Their own lists of what is above them may be of before a move that is not over. They say which devices to read first.
    """
    known = {parent.id: parent}
    todo = {*parent.ancestors, *filter(None, [parent.parent])} - known.keys()
    while todo:
        read = fetch(reach, every({id: Devices.even_deleted(id).optional() for id in todo}))
        known |= {id: device for id, device in read.items() if device is not None}
        lowest_first = list(up(parent.id, {id: device.parent for id, device in known.items()}))
        todo = {lowest_first[-1]} - known.keys() - todo
    chained = [id for id in up(parent.id, {id: device.parent for id, device in known.items()}) if id in known]
    return (*(known[chained[-1]].ancestors if known[chained[-1]].parent not in known else ()), *reversed(chained))


@uses(named, above, Hierarchies.version, Hierarchies.move_writes, Devices.unchanged_checks)
@projections.reached("dynamodb:PutItem", keys=REACHED)
@projections.reached("dynamodb:UpdateItem", keys=[gateways.card_key(ANY), gateways.copies(ANY, ANY)[0]])
def patching(organization: str, patch: Patch, now: datetime, heights: Mapping[str, int] | None = None) -> Change[Beside]:
    """The change that a patch makes to devices of an organization. `heights`: how many levels are below each system among them.

    Devices that are deleted are passed over.
    """

    def beside(reach: Reach, selected: Sequence[Device]) -> Beside:
        moves = patch.moves and any(each.shown_class == "system" for each in selected)
        version = fetch(reach, Hierarchies.version(organization)) if moves else None
        around = replace(named(reach, organization, patch), heights=heights or {})
        if moves and around.parent is not None:
            around = replace(around, above=above(reach, around.parent))
        return Beside(around, version)

    def decide(device: Device, beside: Beside) -> Outcome | None:
        if device.deleted is not None or device.organization != organization:
            return None
        return outcome(device, patch, beside.around, now)

    def checks(reach: Reach, beside: Beside, updated: Sequence[Outcome]) -> list[Write]:
        if not updated:
            return []
        moved = beside.version is not None and any(each.moved_system for each in updated)
        moves = Hierarchies.move_writes(reach, organization, beside.version or 0) if moved else []
        return [*moves, *_unchanged(reach, [beside.around.parent, beside.around.gateway])]

    return Change(beside, decide, checks)


def _unchanged(reach: Reach, known: Iterable[Device | None]) -> list[Write]:
    """Conditions that devices are as they were read, each once."""
    each_once = {device.id: device for device in known if device is not None}
    return [check for device in each_once.values() for check in Devices.unchanged_checks(reach, device)]


@uses(apply, Devices.even_deleted, Devices.unchanged_checks)
@projections.reached("dynamodb:PutItem", keys=REACHED)
@projections.reached("dynamodb:UpdateItem", keys=[gateways.card_key(ANY), gateways.copies(ANY, ANY)[0]])
def settle(reach: Reach, rows: Callable[[], Iterable[Branch]], is_over: Callable[[], bool] = lambda: False) -> int | None:
    """Bring up to date what is above the devices below systems that have moved; how many devices that were. None
    when the time was up first.

    `rows` reads the devices of an organization that are there, anew for each round: a device may come below a system that does not
    know yet that it is moved. Dates of change stay. Repeating it after it ended half-way does the rest. TooMany when there is no end.
    """
    changed = 0
    for _ in range(ROUNDS):
        levels = outdated(rows())
        if not levels:
            return changed
        for portion in (level[first : first + _PORTION] for level in levels for first in range(0, len(level), _PORTION)):
            if is_over():
                return None
            outcomes = apply(reach, portion, _placing())
            changed += sum(each.state == "updated" for each in outcomes.values())
    raise TooMany("Systems are being moved too much at once")


def _placing() -> Change[Mapping[str, Device | None]]:
    def beside(reach: Reach, selected: Sequence[Device]) -> Mapping[str, Device | None]:
        parents = {device.parent for device in selected if device.parent is not None}
        return fetch(reach, every({id: Devices.even_deleted(id).optional() for id in parents}))

    def decide(device: Device, parents: Mapping[str, Device | None]) -> Outcome | None:
        parent = parents.get(device.parent or "")
        ancestors = device.ancestors if parent is None else (*parent.ancestors, parent.id)
        if device.deleted is not None or ancestors == device.ancestors:
            return Outcome(device, "skipped")
        return Outcome(device, "updated", device.next(ancestors=ancestors))

    def checks(reach: Reach, parents: Mapping[str, Device | None], updated: Sequence[Outcome]) -> list[Write]:
        return _unchanged(reach, (parents[each.before.parent] for each in updated if each.before.parent is not None))

    return Change(beside, decide, checks)


def moved(outcomes: Iterable[Outcome]) -> bool:
    """Whether a system has moved, so that the hierarchy is to be settled."""
    return any(each.moved_system for each in outcomes)
