"""The firmware catalogue: one item for each model and version."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, reads_rows
from fleet.aws.writes import Refused, transact
from fleet.configuration.image import Firmware
from fleet.errors import Conflict, NotFound
from fleet.grants import ANY, needs

_ITEMS = Items(Firmware, "Firmware")


def key(model: str, version: str) -> table.Key:
    return f"FIRMWARE#{model}", version


class Firmwares:
    """Firmware images (access-patterns.md FW1 and FW2). They belong to nobody: every organization may install them."""

    @staticmethod
    @reads_rows(key(ANY, ANY))
    def by_version(model: str, version: str) -> Read[Firmware]:
        """FW1: the image of a version for a model."""

        def demand(firmware: Firmware | None) -> Firmware:
            if firmware is None:
                raise NotFound("Firmware")
            return firmware

        return _ITEMS.unchecked(key(model, version)).map(demand)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[key(ANY, ANY)])
    def add(reach: Reach, firmware: Firmware) -> None:
        """FW2: a new image; Conflict when the model has this version. For the operator."""
        reach.demand_change(None, "Firmware")
        try:
            transact([_ITEMS.create(reach, key(firmware.model, firmware.version), firmware)])
        except Refused:
            raise Conflict(f"{firmware.model} has a firmware {firmware.version}: give another version") from None
