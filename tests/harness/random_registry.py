"""Random operations on the devices, locations and groups of one organization, through both APIs and as an operator."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, get_args

from edge.entry import Entry
from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.errors import FleetError
from fleet.ids import new_id, to_uuid
from fleet.lifecycle import delete_location, provision, relocate, retire
from fleet.registry import edit_device, manage_groups, manage_locations
from fleet.registry.device import Device, Installation
from fleet.registry.device_row import DeviceRow
from fleet.registry.devices import Devices
from fleet.registry.gateways import Gateways
from fleet.registry.group import Group
from fleet.registry.groups import Groups
from fleet.registry.location import Location
from fleet.registry.locations import Locations
from fleet.registry.lorawan import Lorawan
from functions.thingsee.group.create import handler as create_group
from functions.thingsee.group.delete import handler as delete_group
from functions.thingsee.group.rename import handler as rename_group
from functions.thingsee.group.set_of_thing import handler as set_of_thing
from functions.thingsee.installation.set import handler as install
from functions.wisdm.gateway.register import handler as register
from tests.harness.call import call
from tests.harness.fleet import LORAWAN, Fleet
from tests.harness.thingsee_world import ThingseeWorld

GROUP_NAMES = ("prfi00yard", "prfi00pier", "hall.1", "Hall of the north", "Pier & deck", "unassigned things")
"""Three that are ids in the Thingsee API, and three that are none."""
LOCATION_NAMES = tuple(f"Location {letter}" for letter in "ABCDEF")


class Refusal(Exception):
    """An operation was refused; nothing has changed."""


@dataclass(frozen=True)
class Site:
    """An organization with credentials for both APIs, and the names that its devices can get: gateways' EUIs by serial number, TUIDs."""

    organization: str
    key: str
    token: str
    gateways: Mapping[str, str]
    tuids: Sequence[str]

    @classmethod
    def of(cls, fleet: Fleet, gateways: int, tuids: int) -> Site:
        """A new organization whose gateways are provisioned, and claimed by nobody yet."""
        world = ThingseeWorld.of(fleet)
        hardware = [fleet.hardware() for _ in range(gateways)]
        names = [f"TSPD04A1B2C3{number:04d}" for number in range(tuids)]
        key = fleet.key(world.organization)
        return cls(world.organization.id, key, world.token, {each.sn: each.factory.eui for each in hardware}, names)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def wisdm(self, entry: Entry, body: Any = None, **path: str) -> Any:
        """The body of the WisDM API's answer. Refusal, unless it is a success."""
        return _content(call(entry, path, key=self.key, body=body))

    def thingsee(self, entry: Entry, body: Any = None, **path: str) -> Any:
        """The member `data` of the Thingsee API's answer. Refusal, unless it is a success."""
        return _content(call(entry, path, body=body, headers={"Authorization": f"Bearer {self.token}"}))["data"]


def _content(answer: Any) -> Any:
    assert answer.status < 500 or answer.status == 503, answer
    if answer.status >= 400:
        raise Refusal
    return answer.json


@dataclass
class RandomRegistry:
    """Does random operations at a site, the same ones for the same seed and the same contents."""

    site: Site
    chance: random.Random

    def act(self, name: str | None = None) -> tuple[str, bool]:
        """Do the operation of this name, or a random one; its name, and whether it was carried out.

        It may be refused, or find nothing to work on.
        """
        name = name or self.chance.choice(list(_OPERATIONS))
        try:
            _OPERATIONS[name](self, datetime.now(UTC))
        except (FleetError, Refusal):
            return name, False
        return name, True

    def _one(self, among: Sequence[Any]) -> Any:
        if not among:
            raise Refusal
        return self.chance.choice(among)

    def _device(self, deleted: bool = False) -> DeviceRow:
        listed = Devices.of_organization(EVERYWHERE, self.site.organization, deleted=deleted)
        chosen: DeviceRow = self._one(sorted(listed, key=lambda each: (each.name, each.sn or "", each.tuid or "")))
        return chosen

    def _thing(self) -> str:
        listed = Devices.of_organization(EVERYWHERE, self.site.organization)
        tuid: str = self._one(sorted(each.tuid for each in listed if each.tuid))
        return tuid

    def _group(self) -> Group:
        built_in = Group.built_in(self.site.organization)
        group: Group = self._one([built_in, *Groups.of_organization(EVERYWHERE, self.site.organization)])
        return group

    def _location(self) -> str:
        id, _ = self._one(list(Locations.names(EVERYWHERE, self.site.organization)))
        return str(id)

    def create_sensor(self, now: datetime) -> None:
        provision.create_sensor(EVERYWHERE, self.site.organization, self._one(self.site.tuids), now)

    def create_device(self, now: datetime) -> None:
        id, owner = new_id(), self.site.organization
        key = self.chance.choice([None, "32 digits of one", "32 digits of another"])
        edit_device.create(EVERYWHERE, Device(id=id, organization=owner, kind="device", name="Router", key=key, created=now, modified=now))

    def rename(self, now: datetime) -> None:
        edit_device.rename(EVERYWHERE, self._device().id, f"Name {self.chance.randrange(9)}", now)

    def move_to_group(self, now: datetime) -> None:
        edit_device.move_to_group(EVERYWHERE, self._device().id, self._group(), now)

    def move_on_map(self, now: datetime) -> None:
        edit_device.move_on_map(EVERYWHERE, self._device().id, self._location(), now)

    def register(self, now: datetime) -> None:
        sn = self._one(list(self.site.gateways))
        self.site.wisdm(register, {"sn": sn, "eui": self.site.gateways[sn]}, locationId=self._location())

    def relocate(self, now: datetime) -> None:
        relocate.relocate(EVERYWHERE, self._one(list(self.site.gateways)), self._location(), now)

    def take_out(self, now: datetime) -> None:
        relocate.relocate(EVERYWHERE, self._one(list(self.site.gateways)), None, now)

    def give_tuid(self, now: datetime) -> None:
        known = fetch(EVERYWHERE, Gateways.by_sn(self._one(list(self.site.gateways))))
        provision.give_tuid(EVERYWHERE, known, self._one(self.site.tuids), now)

    def move_thing(self, now: datetime) -> None:
        self.site.thingsee(set_of_thing, {"group_id": self._group().deployment}, tuid=self._thing())

    def install_thing(self, now: datetime) -> None:
        self.site.thingsee(install, {"installation_status": self.chance.choice(get_args(Installation)[1:])}, tuid=self._thing())

    def retire(self, now: datetime) -> None:
        retire.retire(EVERYWHERE, self._device().id, now)

    def restore(self, now: datetime) -> None:
        retire.restore(EVERYWHERE, self._device(deleted=True).id, now)

    def delete(self, now: datetime) -> None:
        retire.delete(EVERYWHERE, self._device(deleted=self.chance.random() < 0.5).id, now)

    def create_location(self, now: datetime) -> None:
        wisdm: Any = Lorawan(**LORAWAN)  # type: ignore[arg-type]
        id, name = to_uuid(new_id()), self._one(LOCATION_NAMES)
        manage_locations.create(EVERYWHERE, Location(id=id, organization=self.site.organization, name=name, wisdm=wisdm), {})

    def rename_location(self, now: datetime) -> None:
        manage_locations.rename(EVERYWHERE, self._location(), self._one(LOCATION_NAMES))

    def delete_location(self, now: datetime) -> None:
        delete_location.delete(EVERYWHERE, self.site.organization, self._location(), now)

    def create_group_of_any_name(self, now: datetime) -> None:
        manage_groups.create_of_any_name(EVERYWHERE, self.site.organization, self._one(GROUP_NAMES), "")

    def rename_group_to_any_name(self, now: datetime) -> None:
        manage_groups.rename_to_any_name(EVERYWHERE, self._group(), self._one(GROUP_NAMES))

    def delete_group_of_any_name(self, now: datetime) -> None:
        manage_groups.delete_of_any_name(EVERYWHERE, self._group())

    def create_group(self, now: datetime) -> None:
        self.site.thingsee(create_group, {"group_id": self._one(GROUP_NAMES)})

    def rename_group(self, now: datetime) -> None:
        self.site.thingsee(rename_group, {"group_id": self._one(GROUP_NAMES)}, groupid=self._group().name)

    def delete_group(self, now: datetime) -> None:
        self.site.thingsee(delete_group, groupid=self._group().name)


_OPERATIONS: Mapping[str, Callable[[RandomRegistry, datetime], None]] = {
    name: operation
    for name, operation in vars(RandomRegistry).items()
    if not name.startswith("_") and callable(operation) and name != "act"
}
"""Every method of an operation, by name."""
