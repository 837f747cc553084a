"""`muster device list|show|rename|group`: one device under all its names, and what each API shows of it with the next request."""

from __future__ import annotations

from typing import Any

import pytest

from functions.thingsee.group.create import handler as create_group
from functions.thingsee.group.get_of_thing import handler as get_thing_group
from functions.thingsee.group.list_things import handler as list_group_things
from functions.thingsee.group.set_of_thing import handler as set_thing_group
from functions.thingsee.thing.get import handler as get_thing
from functions.wegnology.devices.get import handler as get_devices
from functions.wisdm.gateway.get_status import handler as get_status
from functions.wisdm.gateway.list import handler as list_gateways
from functions.wisdm.gateway.register import handler as register
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.harness.wegnology_world import WegnologyWorld
from tests.operator.console import Console
from tests.operator.shared_gateway import EUI, SN, TUID, SharedGateway

NAMES = [("--sn", SN), ("--sn", SN.lower()), ("--tuid", TUID), ("--tuid", TUID.lower())]


def group_of(gateway: SharedGateway) -> Any:
    return call(get_thing_group, {"tuid": TUID}, headers=gateway.thingsee_world.bearer).json["data"]["group_id"]


def in_group(gateway: SharedGateway, name: str) -> Any:
    return call(list_group_things, {"groupid": name}, headers=gateway.thingsee_world.bearer).json["data"]["tuids"]


def listed_names(gateway: SharedGateway, location: str) -> list[str]:
    answer = call(list_gateways, {"locationId": location}, key=gateway.key).json
    assert answer["total"] == len(answer["gateways"])
    return [each["name"] for each in answer["gateways"]]


class TestOneDevice:
    def test_each_api_shows_a_change_of_any_other_with_the_next_request(self, shared_gateway: SharedGateway, muster: Console) -> None:
        """Renamed by the operator, moved by WisDM, put into a group by Thingsee."""
        shared_gateway.provision_thing()
        assert muster("device", "rename", "--tuid", TUID, "--name", "Pier 1").code == 0
        assert call(get_status, {"sn": SN}, key=shared_gateway.key).json["name"] == "Pier 1"
        assert listed_names(shared_gateway, shared_gateway.location.id) == ["Pier 1"]

        other = shared_gateway.fleet.location(shared_gateway.organization)
        assert muster("device", "move", "--tuid", TUID, "--location", "none").code == 0
        body = {"sn": SN, "eui": EUI, "name": "Pier 2"}
        assert call(register, {"locationId": other.id}, key=shared_gateway.key, body=body).status == 201
        assert (listed_names(shared_gateway, shared_gateway.location.id), listed_names(shared_gateway, other.id)) == ([], ["Pier 2"])
        assert call(get_thing, {"tuid": TUID}, headers=shared_gateway.thingsee_world.bearer).status == 200

        bearer = shared_gateway.thingsee_world.bearer
        assert call(create_group, headers=bearer, body={"group_id": "prfi00lobby"}).status == 200
        assert call(set_thing_group, {"tuid": TUID}, headers=bearer, body={"group_id": "prfi00lobby"}).status == 200
        assert (in_group(shared_gateway, "prfi00lobby"), in_group(shared_gateway, "unassigned")) == ([TUID], [])

        shown = muster("device", "show", "--sn", SN, "--json").json
        assert (shown["name"], shown["location"], shown["locationName"]) == ("Pier 2", other.id, other.name)
        assert (shown["group"], shown["thingseeGroup"]) == ("prfi00lobby", "prfi00lobby")

    def test_is_found_by_each_of_its_names(self, shared_gateway: SharedGateway, muster: Console) -> None:
        shared_gateway.provision_thing()
        shown = [muster("device", "show", *name, "--json").json for name in NAMES]
        assert shown == [muster("device", "show", "--id", shown[0]["id"].upper(), "--json").json] * 4
        assert (shown[0]["sn"], shown[0]["tuid"], shown[0]["eui"], shown[0]["kind"]) == (SN, TUID, EUI, "gateway")
        assert (shown[0]["status"], shown[0]["configVersion"], shown[0]["appliedVersion"]) == ("ONLINE", 1, 1)
        assert (shown[0]["installation"], shown[0]["thingseeGroup"]) == ("new", "unassigned")
        assert shown[0]["organizationName"] == shared_gateway.organization.name
        assert "group" not in shown[0]

    def test_a_device_of_wegnology_has_a_class_tags_a_gateway_and_a_system(self, fleet: Fleet, muster: Console) -> None:
        world = WegnologyWorld.of(fleet)
        hall, edge = world.device("Hall", device_class="system"), world.device("Edge", device_class="edgeCompute")
        tags = ({"key": "hall", "value": "north"}, {"key": "hall", "value": "south"})
        pump = world.device(device_class="peripheral", parent=hall.id, tags=tags, wegnology={"gateway": edge.id})
        shown = muster("device", "show", "--id", pump.id, "--json").json
        assert (shown["deviceClass"], shown["tags"]) == ("peripheral", ["hall=north", "hall=south"])
        assert (shown["gateway"], shown["parent"]) == (edge.id, hall.id)
        (request,) = shown["paths"]["WEGnology"]
        path, _, query = request.partition("?query=")
        assert path == f"{get_devices.route.method} {get_devices.route.resource.format(applicationId=world.organization.id)}"
        assert [each["id"] for each in world.ask(get_devices, query={"query": query}).json["items"]] == [pump.id]
        text = muster("device", "show", "--id", pump.id).out
        for line in (
            "in WEGnology   peripheral",
            "tags           hall=north, hall=south",
            f"gateway        {edge.id}",
            f"system         {hall.id}",
            f"WEGnology shows {request}",
        ):
            assert f"  {line}\n" in f"{text}\n", text
        assert "tags" not in muster("device", "show", "--id", hall.id, "--json").json

    def test_its_paths_are_answered(self, shared_gateway: SharedGateway, muster: Console) -> None:
        """What `show` names are requests of these routes, and they show the device."""
        shared_gateway.provision_thing()
        shared_gateway.thingsee_world.install(TUID, "installed")
        shown = muster("device", "show", "--sn", SN, "--json").json
        location = {"locationId": shared_gateway.location.id}
        calls = {"WisDM": [(get_status, {"sn": SN}), (list_gateways, location)],
                 "Thingsee": [(get_thing, {"tuid": TUID}), (list_group_things, {"groupid": "unassigned"})]}  # fmt: skip
        requests = {
            api: [f"{entry.route.method} {entry.route.resource.format(**path)}" for entry, path in each] for api, each in calls.items()
        }
        assert shown["paths"] == requests
        text = muster("device", "show", "--sn", SN).out
        for api, each in requests.items():
            assert all(f"{api} shows" in text and request in text for request in each)
        assert "installed since 2026-01-05 10:10:00, in the group unassigned" in text
        assert "ONLINE, runs on configuration 1, wanted 1" in text

    def test_a_sensor_has_no_more_than_its_own(self, shared_gateway: SharedGateway, muster: Console) -> None:
        tuid = shared_gateway.thingsee_world.sensor()
        shown = muster("device", "show", "--tuid", tuid, "--json").json
        assert not {"sn", "eui", "status", "location", "configVersion"} & shown.keys()
        assert shown["paths"] == {"Thingsee": [f"GET /things/{tuid}", "GET /groups/unassigned/things"]}
        assert "WisDM" not in muster("device", "show", "--tuid", tuid).out


class TestList:
    def test_has_the_devices_of_the_organization_alone(self, shared_gateway: SharedGateway, muster: Console) -> None:
        shared_gateway.provision_thing()
        tuid = shared_gateway.thingsee_world.sensor()
        shared_gateway.fleet.gateway(shared_gateway.fleet.organization())
        listed = muster("device", "list", "--organization", shared_gateway.organization.slug, "--json").json
        assert sorted((each["kind"], each.get("sn"), each["tuid"]) for each in listed) == [("gateway", SN, TUID), ("sensor", None, tuid)]
        text = muster("device", "list", "--organization", shared_gateway.organization.slug).out
        assert f"serial number {SN}, TUID {TUID}" in text
        assert text.count("\n") == 2

    def test_has_the_retired_ones_when_asked(self, shared_gateway: SharedGateway, muster: Console) -> None:
        tuid = shared_gateway.thingsee_world.sensor()
        muster("device", "retire", "--tuid", tuid)
        command = ("device", "list", "--organization", shared_gateway.organization.slug, "--json")
        assert [each["sn"] for each in muster(*command).json] == [SN]
        assert [each["tuid"] for each in muster(*command, "--retired").json] == [tuid]

    def test_says_when_there_are_none(self, muster: Console, fleet: Fleet) -> None:
        slug = fleet.organization().slug
        assert muster("device", "list", "--organization", slug).out == "There are none.\n"
        assert muster("device", "list", "--organization", slug, "--json").json == []


class TestGroup:
    def test_thingsee_shows_the_move(self, shared_gateway: SharedGateway, muster: Console) -> None:
        shared_gateway.provision_thing()
        slug = shared_gateway.organization.slug
        assert "Thingsee" not in muster("group", "create", "--organization", slug, "--name", "lobby.1").out
        assert muster("device", "group", "--sn", SN, "--group", "lobby.1", "--json").json["thingseeGroup"] == "lobby.1"
        assert (group_of(shared_gateway), in_group(shared_gateway, "lobby.1")) == ("lobby.1", [TUID])
        muster("device", "group", "--sn", SN, "--group", "none")
        assert (group_of(shared_gateway), in_group(shared_gateway, "lobby.1")) == ("unassigned", [])

    def test_one_whose_name_is_no_id_is_unassigned_to_thingsee(self, shared_gateway: SharedGateway, muster: Console) -> None:
        shared_gateway.provision_thing()
        made = muster("group", "create", "--organization", shared_gateway.organization.slug, "--name", "Lobby, west").out
        assert "Thingsee shows its things as unassigned" in made
        shown = muster("device", "group", "--sn", SN, "--group", "Lobby, west", "--json").json
        assert (shown["group"], shown["thingseeGroup"]) == ("Lobby, west", "unassigned")
        assert (group_of(shared_gateway), in_group(shared_gateway, "unassigned")) == ("unassigned", [TUID])

    def test_an_unknown_one(self, shared_gateway: SharedGateway, muster: Console) -> None:
        assert "muster group list" in muster.refused("device", "group", "--sn", SN, "--group", "lobby")


class TestRefusals:
    @pytest.mark.parametrize("name", [("--id", "f" * 24), ("--id", "x"), ("--sn", "918100A1B2C3D4E509"), ("--tuid", "NOSUCH01")])
    def test_an_unknown_device(self, muster: Console, cloud: dict[str, str], name: tuple[str, str]) -> None:
        for verb in (("show",), ("rename", "--name", "Pier"), ("retire",), ("restore",), ("delete", "--yes")):
            assert "muster device list" in muster.refused("device", *verb, *name)

    def test_a_device_has_exactly_one_name(self, muster: Console, cloud: dict[str, str]) -> None:
        assert "--sn" in muster.misused("device", "show")
        assert "not allowed with" in muster.misused("device", "show", "--sn", SN, "--tuid", TUID)

    @pytest.mark.parametrize("name", ["", " Pier", "x" * 65, "a\nb"])
    def test_what_is_no_name(self, shared_gateway: SharedGateway, muster: Console, name: str) -> None:
        assert "--name must have 1 to 64" in muster.misused("device", "rename", "--sn", SN, "--name", name)

    def test_one_that_is_retired_is_not_changed(self, shared_gateway: SharedGateway, muster: Console) -> None:
        tuid = shared_gateway.thingsee_world.sensor()
        muster("device", "retire", "--tuid", tuid)
        for verb in (("rename", "--name", "Pier"), ("group", "--group", "none"), ("move", "--place", "none")):
            assert "muster device restore" in muster.refused("device", *verb, "--tuid", tuid)
