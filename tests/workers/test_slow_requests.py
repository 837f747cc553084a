"""What requests do that take too long for all their devices: 750 of 350 KB are hundreds of transactions of 4 MB (wegnology.md 5.5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.bulk import bulk_command, bulk_patch, retire_devices
from fleet.bulk.order import Asker
from fleet.commands.device_command import DeviceCommand
from fleet.edits.operations import SetField
from fleet.edits.patch import Patch
from fleet.errors import TooMany
from fleet.ids import new_id
from fleet.registry.devices import Devices
from tests.harness.fleet import Fleet
from tests.harness.wegnology_world import WegnologyWorld

MANY, MORE = 40, 120
"""Devices: more than one transaction changes, and more than commands are sent to at once."""
NOW = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
ASKER = Asker("ada", "https://fleet.example.com")
Request = Callable[..., Any]


def delete(world: WegnologyWorld, ids: list[str], **patience: float) -> Any:
    return retire_devices.delete(EVERYWHERE, ids, NOW, **patience)


def restore(world: WegnologyWorld, ids: list[str], **patience: float) -> Any:
    return retire_devices.restore(EVERYWHERE, world.organization.id, ids, ASKER, NOW, **patience)


def patch(world: WegnologyWorld, ids: list[str], **patience: float) -> Any:
    change = Patch(operations=(SetField(field="notes", value="North hall"),))
    return bulk_patch.patch_now(EVERYWHERE, world.organization.id, ids, change, ASKER, NOW, **patience)


def command(world: WegnologyWorld, ids: list[str], **patience: float) -> Any:
    given = DeviceCommand(id=new_id(), name="open", time=NOW, accepted=NOW)
    return bulk_command.command_now(EVERYWHERE, world.organization.id, ids, given, **patience)


@pytest.mark.parametrize("request_", [patch, command, delete, restore])
def test_it_is_told_that_there_is_more_to_do(fleet: Fleet, request_: Request) -> None:
    world = WegnologyWorld.of(fleet)
    many = MORE if request_ is command else MANY
    ids = [world.device(f"Pump {number}").id for number in range(many)]
    if request_ is restore:
        delete(world, ids)
    with pytest.raises(TooMany, match="takes too long for all devices"):
        request_(world, ids, patience=0.0)
    request_(world, ids)
    left = len(Devices.all_there(EVERYWHERE, world.organization.id))
    assert left == (0 if request_ is delete else many)
