"""Whatever is done to devices, locations and groups, through any API: rows, counts and lists are what follows from the devices."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.errors import FleetError, NotFound
from fleet.lifecycle import provision, relocate, retire
from fleet.registry import edit_device, manage_groups, projections
from fleet.registry.device import Device
from fleet.registry.device_row import DeviceRow
from fleet.registry.devices import Devices
from fleet.registry.gateways import Gateways
from fleet.registry.group import Group, is_deployment
from fleet.registry.reports import KINDS
from functions.thingsee.group.get_of_thing import handler as group_of_thing
from functions.thingsee.group.list import handler as list_groups
from functions.thingsee.group.list_things import handler as list_things
from functions.thingsee.installation.set import handler as install
from functions.thingsee.thing.get import handler as get_thing
from functions.wisdm.gateway.get_status import handler as get_status
from functions.wisdm.gateway.list import handler as list_gateways
from functions.wisdm.gateway.register import handler as register
from tests.harness.aws import stored
from tests.harness.fleet import Fleet
from tests.harness.interference import TRANSACTION, before_first_request
from tests.harness.random_registry import RandomRegistry, Refusal, Site
from tests.harness.sizes import size

SEEDS, STEPS = range(size(4, 16)), size(40, 150)
NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
Rows = dict[tuple[str, str], dict[str, Any]]


@dataclass(frozen=True)
class Stored:
    """What the table holds: all items by key, and devices, groups and locations among them."""

    items: Rows
    devices: list[Device]
    groups: list[Group]
    locations: list[str]

    @classmethod
    def read(cls) -> Stored:
        items = {(each["pk"]["S"], each["sk"]["S"]): each for each in stored("FleetTable")}
        bodies = {kind: [each["body"]["S"] for (_, sk), each in items.items() if sk == kind] for kind in ("DEVICE", "GROUP")}
        devices = [Device.model_validate_json(body) for body in bodies["DEVICE"]]
        groups = [Group.model_validate_json(body) for body in bodies["GROUP"]]
        return cls(items, devices, groups, [pk.partition("#")[2] for pk, sk in items if sk == "LOCATION"])

    @property
    def there(self) -> list[Device]:
        return [device for device in self.devices if device.deleted is None]

    def deployment(self, device: Device) -> str:
        """The id of the group in which the Thingsee API shows a device."""
        names = {group.id: group.name for group in self.groups if is_deployment(group.name)}
        return names.get(device.group or "", "unassigned")


def check_rows(now: Stored) -> None:
    """The rows of projections are those of the devices, and so are the counts."""
    expected = {key: dict(row.attributes) for device in now.devices for key, row in projections.rows(EVERYWHERE, device).items()}
    prefixes = ("SN#", "TUID#", "UNIQUE#DEVICE-KEY#")
    endings = ("#GATEWAYS", "#THINGS")
    found = {
        key: {name: value for name, value in item.items() if name not in ("pk", "sk", *KINDS)}
        for key, item in now.items.items()
        if key[0].endswith(endings)
        or key[0].startswith("PURGE#")
        or (key[0].startswith(prefixes) and key[1] in ("CARD", "STATUS", "UNIQUE"))
    }
    assert found == expected
    counted = Counter((key, attribute) for device in now.devices for key, attribute in projections.counts(device).items())
    for kind, attribute in (("GROUP", "devices"), ("LOCATION", "gateways")):
        numbers = {key: int(item[attribute]["N"]) for key, item in now.items.items() if key[1] == kind}
        assert numbers == {key: counted.pop((key, attribute), 0) for key in numbers}
    assert counted == {}, "devices in what is not there"
    unshown = {id for (_, sk), item in now.items.items() if sk == "UNSHOWN" for id in item.get("ids", {}).get("SS", [])}
    assert unshown == {group.id for group in now.groups if not is_deployment(group.name)}


def check_directories(site: Site, now: Stored) -> None:
    """The directories have the devices, in order of creation; a row may have an earlier version than its device."""
    for deleted in (False, True):
        listed = Devices.of_organization(EVERYWHERE, site.organization, deleted=deleted)
        known = sorted(DeviceRow.of(device) for device in now.devices if (device.deleted is not None) == deleted)
        assert [row._replace(version=0) for row in listed] == [row._replace(version=0) for row in known]
        assert all(row.version <= one.version for row, one in zip(listed, known, strict=True))


def check_lists(site: Site, now: Stored) -> None:
    """What both APIs list agrees with the devices."""
    for location in now.locations:
        gateways = site.wisdm(list_gateways, locationId=location)["gateways"]
        assert [each["sn"] for each in gateways] == sorted(str(each.serial_number) for each in now.there if each.location == location)
    shown = [group["group_id"] for group in site.thingsee(list_groups)]
    assert sorted(shown) == sorted(["unassigned", *(group.name for group in now.groups if is_deployment(group.name))])
    for name in shown:
        members = sorted(each.tuid for each in now.there if each.tuid and now.deployment(each) == name)
        assert site.thingsee(list_things, groupid=name)["tuids"] == members


def check_device(site: Site, now: Stored, device: Device) -> None:
    """What both APIs show of one device: where it is and what it is called, or that it is not found."""
    if device.tuid and device.deleted:
        with pytest.raises(Refusal):
            site.thingsee(get_thing, tuid=device.tuid)
    elif device.tuid:
        assert site.thingsee(group_of_thing, tuid=device.tuid)["group_id"] == now.deployment(device)
    if device.serial_number and device.deleted:
        with pytest.raises(Refusal):
            site.wisdm(get_status, sn=device.serial_number)
    elif device.serial_number:
        assert site.wisdm(get_status, sn=device.serial_number)["name"] == device.name


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_and_lists_follow_from_the_devices(fleet: Fleet, seed: int) -> None:
    site, chance = Site.of(fleet, gateways=5, tuids=8), random.Random(seed)
    registry, done = RandomRegistry(site, chance), Counter[str]()
    for _ in range(3):
        registry.act("create_location")
        registry.act("create_sensor")
    while done.total() < STEPS:
        name, carried_out = registry.act()
        done[name] += carried_out
        now = Stored.read()
        check_rows(now)
        if carried_out:
            check_directories(site, now)
            check_lists(site, now)
            for device in chance.sample(now.devices, min(2, len(now.devices))):
                check_device(site, now, device)
    assert len(done) > size(12, 20), done


class Pair:
    """A gateway with both names, out of service, with a location and a group that it can go to."""

    def __init__(self, fleet: Fleet) -> None:
        self.site = Site.of(fleet, gateways=1, tuids=1)
        (self.sn,), (self.tuid,) = self.site.gateways, self.site.tuids
        RandomRegistry(self.site, random.Random(0)).act("create_location")
        self.register()
        relocate.relocate(EVERYWHERE, self.sn, None, NOW)
        self.id = provision.give_tuid(EVERYWHERE, fetch(EVERYWHERE, Gateways.by_sn(self.sn)), self.tuid, NOW).id
        self.group = manage_groups.create(EVERYWHERE, self.site.organization, "prfi00yard", "")

    @property
    def location(self) -> str:
        return Stored.read().locations[0]

    @property
    def device(self) -> Device | None:
        return fetch(EVERYWHERE, Devices.even_deleted(self.id).optional())

    def register(self) -> None:
        self.site.wisdm(register, {"sn": self.sn, "eui": self.site.gateways[self.sn]}, locationId=self.location)


@dataclass(frozen=True)
class Change:
    """A change of a device, what shows that it was made, and what else it decides."""

    make: Callable[[Pair], object]
    shows: Callable[[Pair, Device | None], bool]
    decides: frozenset[str] = frozenset()


def _has(**fields: Any) -> Callable[[Pair, Device | None], bool]:
    return lambda pair, device: device is not None and {name: getattr(device, name) for name in fields} == fields


CHANGES: Mapping[str, Change] = {
    "rename": Change(lambda pair: edit_device.rename(EVERYWHERE, pair.id, "North gate", NOW), _has(name="North gate")),
    "move to a group": Change(
        lambda pair: edit_device.move_to_group(EVERYWHERE, pair.id, pair.group, NOW),
        lambda pair, device: device is not None and device.group == pair.group.id,
    ),
    "move on the map": Change(
        lambda pair: edit_device.move_on_map(EVERYWHERE, pair.id, pair.location, NOW),
        lambda pair, device: device is not None and device.place == pair.location,
    ),
    "install": Change(
        lambda pair: pair.site.thingsee(install, {"installation_status": "uninstalled"}, tuid=pair.tuid),
        lambda pair, device: device is not None and device.thingsee is not None and device.thingsee.status == "uninstalled",
    ),
    "register": Change(
        Pair.register, lambda pair, device: device is not None and device.location == pair.location, frozenset({"rename", "relocate"})
    ),
    "relocate": Change(
        lambda pair: relocate.relocate(EVERYWHERE, pair.sn, pair.location, NOW),
        lambda pair, device: device is not None and device.location == pair.location,
    ),
    "retire": Change(
        lambda pair: retire.retire(EVERYWHERE, pair.id, NOW), lambda pair, device: device is not None and device.deleted is not None
    ),
    "delete": Change(
        lambda pair: retire.delete(EVERYWHERE, pair.id, NOW), lambda pair, device: device is None, frozenset({"rename", "move to a group"})
    ),
}


def made(pair: Pair, change: Change) -> bool:
    """Make a change; False when it is refused."""
    try:
        change.make(pair)
    except (FleetError, Refusal):
        return False
    return True


@pytest.mark.parametrize("other", CHANGES)
@pytest.mark.parametrize("mine", CHANGES)
def test_of_two_writers_at_once_neither_loses_what_it_wrote(fleet: Fleet, mine: str, other: str) -> None:
    pair, outcomes = Pair(fleet), list[bool]()
    with before_first_request(TRANSACTION, lambda: outcomes.append(made(pair, CHANGES[other]))):
        outcomes.insert(0, made(pair, CHANGES[mine]))
    done, faster = outcomes
    assert faster
    check_rows(Stored.read())
    check_directories(pair.site, Stored.read())
    device = pair.device
    if mine == "register" and other == "delete" and done:
        return  # the gateway is claimed anew, as another device
    assert not done or CHANGES[mine].shows(pair, device)
    if mine != "delete" or not done:
        assert other in CHANGES[mine].decides or CHANGES[other].shows(pair, device)


@pytest.mark.parametrize("other", ["retire", "relocate", "delete"])
@pytest.mark.parametrize("mine", ["register", "take to another"])
def test_a_gateway_is_placed_in_the_version_that_was_judged(fleet: Fleet, mine: str, other: str) -> None:
    """It changes between the reading of its location and configuration, and that of the device."""
    pair, outcomes = Pair(fleet), list[bool]()
    own = CHANGES["register"] if mine == "register" else Change(_take_to_another, lambda pair, device: True)
    with before_first_request("BatchGetItem", lambda: outcomes.append(made(pair, CHANGES[other])), after=1):
        outcomes.insert(0, made(pair, own))
    check_rows(Stored.read())
    claimed_anew = (mine, other) == ("register", "delete")
    moved_on = (mine, other) == ("take to another", "relocate")
    assert outcomes == [claimed_anew or moved_on, True]


def _take_to_another(pair: Pair) -> None:
    RandomRegistry(pair.site, random.Random(1)).act("create_location")
    relocate.relocate(EVERYWHERE, pair.sn, Stored.read().locations[-1], NOW)


@pytest.mark.parametrize("whose", ["nobody's", "another organization's"])
def test_a_map_shows_a_device_in_its_organizations_locations_alone(fleet: Fleet, whose: str) -> None:
    pair = Pair(fleet)
    place = "no-location" if whose == "nobody's" else fleet.location(fleet.organization()).id
    with pytest.raises(NotFound, match="Location"):
        edit_device.move_on_map(EVERYWHERE, pair.id, place, NOW)
    assert pair.device is not None
    assert pair.device.place is None
