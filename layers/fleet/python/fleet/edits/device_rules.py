"""Judges what a patch makes of a device (wegnology.md 7.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fleet.edits.create_device import GATEWAY_CLASSES, MOST_ANCESTORS, MOST_BYTES
from fleet.edits.operations import Illegal
from fleet.edits.outcome import Outcome
from fleet.edits.patch import Patch
from fleet.registry.device import Device

MOST_TAGS, MOST_ATTRIBUTES = 100, 256


@dataclass(frozen=True)
class Surroundings:
    """The devices that a patch names, and what is known of their place in the hierarchy.

    `parent` is the system below which devices go, `above` the ids of all systems that are then above them, outermost first. `gateway`
    is to speak for them. None: the patch names none, or it is not there. `heights` has, by system, how many levels there are below it.
    """

    parent: Device | None = None
    above: tuple[str, ...] = ()
    gateway: Device | None = None
    heights: Mapping[str, int] = field(default_factory=dict)


def is_system(device: Device | None) -> bool:
    """Whether devices may be a part of it."""
    return device is not None and device.deleted is None and device.shown_class == "system"


def speaks_for_others(device: Device | None) -> bool:
    """Whether it may be the gateway of devices."""
    return device is not None and device.deleted is None and device.shown_class in GATEWAY_CLASSES


def outcome(device: Device, patch: Patch, around: Surroundings, now: datetime) -> Outcome:
    """What becomes of a device with a patch."""
    try:
        patched = patch.apply(device)
    except Illegal as illegal:
        return Outcome(device, "failed", reason=str(illegal))
    after = patched.device
    if after == device:
        return Outcome(device, "skipped")
    if after.parent != device.parent:
        after = after.changed(ancestors=() if after.parent is None else around.above)
    reason = next(reasons(device, after, around), None)
    if reason is not None:
        return Outcome(device, "failed", reason=reason)
    return Outcome(device, "updated", after.next(modified=now), dropped=patched.dropped, renamed=patched.renamed)


def reasons(before: Device, after: Device, around: Surroundings) -> Iterator[str]:
    """Why a device must not become so."""
    for rule in _RULES:
        yield from rule(before, after, around)


def _class(before: Device, after: Device, around: Surroundings) -> Iterator[str]:
    if "system" in (before.shown_class, after.shown_class) and before.shown_class != after.shown_class:
        yield "The class of a device cannot be changed to or from system"


def _parent(before: Device, after: Device, around: Surroundings) -> Iterator[str]:
    if after.parent == before.parent or after.parent is None:
        return
    if not is_system(around.parent):
        yield "The parent is not there any more"
    if after.parent == after.id:
        yield "A device cannot be its own parent"
    elif after.id in around.above:
        yield "The parent is below the device"
    if len(around.above) + around.heights.get(after.id, 0) > MOST_ANCESTORS:
        yield f"More than {MOST_ANCESTORS} systems would be above a device"


def _gateway(before: Device, after: Device, around: Surroundings) -> Iterator[str]:
    gateway = after.wegnology.gateway if after.wegnology else None
    if gateway is None:
        if after.shown_class == "peripheral":
            yield "A peripheral needs a gateway"
        return
    if after.shown_class == "floating":
        yield "A floating device has no gateway of its own"
    if gateway == after.id:
        yield "A device cannot be its own gateway"
    if gateway != (before.wegnology.gateway if before.wegnology else None) and not speaks_for_others(around.gateway):
        yield "The gateway is not there any more"


def _numbers(before: Device, after: Device, around: Surroundings) -> Iterator[str]:
    if len(after.tags) > MOST_TAGS:
        yield f"A device has at most {MOST_TAGS} tags"
    if len(after.attributes) > MOST_ATTRIBUTES:
        yield f"A device has at most {MOST_ATTRIBUTES} attributes"
    if len({one.name for one in after.attributes}) < len(after.attributes):
        yield "The names of a device's attributes are unique"


def _size(before: Device, after: Device, around: Surroundings) -> Iterator[str]:
    if stored_size(after) > MOST_BYTES:
        yield f"The device would have more than {MOST_BYTES:,} bytes"


def stored_size(device: Device) -> int:
    """Bytes of a device as it is stored."""
    return len(device.model_dump_json(exclude_none=True).encode())


_RULES: tuple[Callable[[Device, Device, Surroundings], Iterator[str]], ...] = (_class, _parent, _gateway, _numbers, _size)
