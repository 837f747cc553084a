"""The firmware catalogue: one item for each model and version."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.reads import Ask, Found
from fleet.configuration.image import Firmware
from fleet.errors import Conflict, NotFound
from fleet.grants import needs


def key(model: str, version: str) -> table.Key:
    return f"FIRMWARE#{model}", version


class Firmwares:
    """Firmware images (access-patterns.md FW1 and FW2). They belong to nobody: every organization may install them."""

    @staticmethod
    def by_version(model: str, version: str) -> Ask[Firmware]:
        """FW1: the image of a version for a model."""

        def read(reach: Reach, found: Found) -> Firmware:
            item = found.get(key(model, version))
            if item is None:
                raise NotFound("Firmware")
            return Firmware.model_validate_json(item["body"]["S"])

        return Ask([key(model, version)], read)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def add(reach: Reach, firmware: Firmware) -> None:
        """FW2: a new image; Conflict when the model has this version. For the operator."""
        if reach.organizations is not None:
            raise NotFound("Firmware")
        try:
            table.transact([table.put(key(firmware.model, firmware.version), {"body": {"S": firmware.model_dump_json()}})])
        except table.Refused:
            raise Conflict(f"{firmware.model} has a firmware {firmware.version}: give another version") from None
