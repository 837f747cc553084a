"""Devices whose rows are compared with them by `muster doctor registry`, and how tests read and break these rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.lifecycle import provision, retire
from fleet.registry import edit_device, manage_groups
from tests.harness.aws import item
from tests.harness.fleet import Fleet
from tests.harness.thingsee_world import ThingseeWorld
from tests.operator.console import Console

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
SN, TUID = "918100A1B2C3D4E501", "TSPD04A1B2C3D4E5"
Stored = dict[str, Any]


@dataclass
class Yard:
    """A gateway in a location, a sensor in a group, a retired sensor, and a group whose name is no id in the Thingsee API."""

    organization: str
    location: str
    gateway: str
    group: str
    sensor: str
    hidden: str
    retired: str

    @property
    def rows(self) -> Mapping[str, tuple[str, str]]:
        """Each kind of row, by what it is for."""
        return {
            "card": (f"SN#{SN}", "CARD"),
            "copy": (f"LOCATION#{self.location}#GATEWAYS", SN),
            "status": (f"SN#{SN}", "STATUS"),
            "status copy": (f"LOCATION#{self.location}#GATEWAYS", f"{SN}#STATUS"),
            "thing": (f"TUID#{TUID}", "CARD"),
            "member": (f"GROUP#{self.group}#THINGS", TUID),
        }

    @classmethod
    def of(cls, fleet: Fleet) -> Self:
        world = ThingseeWorld.of(fleet)
        organization, location = world.organization, fleet.location(world.organization)
        card = fleet.gateway(organization, location, fleet.hardware(sn=SN))
        fleet.online(card)
        fleet.report(card, "status", {"system": {"uptime": 1}})
        group = manage_groups.create(EVERYWHERE, organization.id, "prfi00yard", "")
        hidden = manage_groups.create_of_any_name(EVERYWHERE, organization.id, "Hall of the north", "")
        sensor, old = (provision.create_sensor(EVERYWHERE, organization.id, tuid, NOW) for tuid in (TUID, "TSPD04A1B2C3D4E6"))
        edit_device.move_to_group(EVERYWHERE, sensor.id, group, NOW)
        retire.retire(EVERYWHERE, old.id, NOW)
        return cls(organization.id, location.id, card.id, group.id, sensor.id, hidden.id, old.id)


def stored(pair: tuple[str, str]) -> Stored | None:
    return item("FleetTable", *pair)


def put(pair: tuple[str, str], attributes: Mapping[str, Any]) -> None:
    clients.dynamodb().put_item(TableName="FleetTable", Item={**attributes, "pk": {"S": pair[0]}, "sk": {"S": pair[1]}})


def delete(pair: tuple[str, str]) -> None:
    clients.dynamodb().delete_item(TableName="FleetTable", Key={"pk": {"S": pair[0]}, "sk": {"S": pair[1]}})


def found(muster: Console) -> list[tuple[str, str, str | None]]:
    """Kind, key and device of what the doctor finds; it changes nothing."""
    output = muster("doctor", "registry", "--json")
    assert output.code == (1 if output.json["differences"] else 0)
    assert [each["done"] for each in output.json["differences"]] == [None] * len(output.json["differences"])
    return [(each["kind"], each["key"], each["device"]) for each in output.json["differences"]]


def repaired(muster: Console) -> list[str]:
    """What the doctor does; then there is nothing to find, and nothing more to do."""
    output = muster("doctor", "registry", "--repair", "--json")
    assert output.code == 0, output
    assert found(muster) == []
    assert muster("doctor", "registry", "--repair", "--json").json["differences"] == []
    return [each["done"] for each in output.json["differences"]]
