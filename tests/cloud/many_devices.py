"""Thousands of devices of an application, inserted directly in the form in which the stores and a fold write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws.reads import every, fetch
from fleet.directory.directory import PREFIX
from fleet.edits.create_device import new_device
from fleet.registry import device_row
from fleet.registry.device import Device
from fleet.registry.device_row import DeviceRow
from fleet.registry.devices import Devices
from tests.cloud.many_things import store
from tests.harness.directories import packed

_AT_ONCE = 100


def settle(organization: str, fields: Sequence[Mapping[str, Any]]) -> list[Device]:
    """Give an organization that has no devices one of each of these fields, created a millisecond after the other until now."""
    now = datetime.now(UTC)
    made = [new_device(organization, each, {}, now - timedelta(milliseconds=len(fields) - at)) for at, each in enumerate(fields)]
    directory = packed(device_row.THERE, organization, [DeviceRow.of(device) for device in made])
    store(chain(directory, (item for device in made for item in _rows(device))))
    return made


def _rows(device: Device) -> list[dict[str, Any]]:
    """The rows of a device, without that in the directory, which has it packed."""
    puts = [write.parameters["Item"] for write in Devices.store_writes(EVERYWHERE, None, device)]
    return [item for item in puts if not item["pk"]["S"].startswith(PREFIX)]


def stored(ids: Sequence[str]) -> dict[str, Device]:
    """These devices as they are stored, by their ids."""
    portions = [ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE)]
    read = [fetch(EVERYWHERE, every({id: Devices.by_id(id) for id in portion})) for portion in portions]
    return {id: device for each in read for id, device in each.items()}
