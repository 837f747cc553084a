"""The firmware catalogue: one item for each model and version."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read
from fleet.aws.writes import Refused, Write, transact
from fleet.configuration.image import Firmware
from fleet.errors import Conflict, NotFound
from fleet.grants import needs


def key(model: str, version: str) -> table.Key:
    return f"FIRMWARE#{model}", version


_ITEMS = Items(Firmware, "Firmware")


class Firmwares:
    """Firmware images (access-patterns.md FW1 and FW2). They belong to nobody: every organization may install them."""

    @staticmethod
    def by_version(model: str, version: str) -> Read[Firmware]:
        """FW1: the image of a version for a model."""

        def known(firmware: Firmware | None) -> Firmware:
            if firmware is None:
                raise NotFound("Firmware")
            return firmware

        return _ITEMS.unchecked(key(model, version)).map(known)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def add(reach: Reach, firmware: Firmware) -> None:
        """FW2: a new image; Conflict when the model has this version. For the operator."""
        if reach.organizations is not None:
            raise NotFound("Firmware")
        try:
            transact([Write.put(key(firmware.model, firmware.version), {"body": {"S": firmware.model_dump_json()}})])
        except Refused:
            raise Conflict(f"{firmware.model} has a firmware {firmware.version}: give another version") from None
