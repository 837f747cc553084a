"""`muster device move`: a gateway that leaves a location and comes to another one."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.ids import new_id, to_uuid
from fleet.registry import manage_locations
from fleet.registry.location import Location
from fleet.registry.lorawan import Lorawan, Server
from functions.thingsee.thing.get import handler as get_thing
from functions.wisdm.battery.list import handler as list_batteries
from functions.wisdm.gateway.get_status import handler as get_status
from functions.wisdm.gateway.list import handler as list_gateways
from functions.wisdm.gateway.list_status import handler as list_status
from functions.workers.downlink.dispatch import handler as dispatch
from tests.harness.call import call
from tests.harness.fleet import LORAWAN
from tests.harness.people import secret_text
from tests.operator.console import Console
from tests.operator.shared_gateway import SN, TUID, SharedGateway
from tests.suite.settings import BATTERY
from tests.workers.messages import NOW, deliver_rows, downlink_messages, outbox

Shown = tuple[list[str], int, int]
"""What `shown_in` returns."""
HERE: Shown = ([SN], 1, 1)
NOWHERE: Shown = ([], 0, 0)


def shown_in(gateway: SharedGateway, location: str) -> Shown:
    """The serial numbers in a location's list of gateways, and how many pages its lists of statuses and of batteries have."""
    path = {"locationId": location}
    listed = [each["sn"] for each in call(list_gateways, path, key=gateway.key).json["gateways"]]
    statuses, batteries = (call(entry, path, key=gateway.key).json for entry in (list_status, list_batteries))
    assert [each["sn"] for each in statuses["gateways"]] == listed
    assert len(batteries["gateways"]) == batteries["totalPages"]
    return listed, statuses["totalPages"], batteries["totalPages"]


def report_battery(gateway: SharedGateway, seq: int) -> None:
    gateway.report("config.reported", {"version": 1, "batteryMonitoring": {"enabled": True}}, seq, NOW)
    gateway.report("battery", BATTERY, seq + 1, NOW)


def sent(gateway: SharedGateway) -> Any:
    """The newest message in the gateway's queue, after all of the outbox was sent."""
    assert deliver_rows(dispatch, outbox(gateway.hardware)) == []
    return max(downlink_messages(gateway.hardware), key=lambda message: int(message["payload"]["version"]))["payload"]


class TestLocations:
    def test_out_of_one_and_into_another(self, shared_gateway: SharedGateway, muster: Console) -> None:
        """Its battery is in the list of the location that it is in, from its next report on."""
        report_battery(shared_gateway, 2)
        first, second = shared_gateway.location.id, shared_gateway.fleet.location(shared_gateway.organization).id
        assert (shown_in(shared_gateway, first), shown_in(shared_gateway, second)) == (HERE, NOWHERE)
        shown = muster("device", "move", "--sn", SN, "--location", "none", "--json").json
        assert not {"location", "place"} & shown.keys()
        assert (shown_in(shared_gateway, first), shown_in(shared_gateway, second)) == (NOWHERE, NOWHERE)
        assert call(get_status, {"sn": SN}, key=shared_gateway.key).json["status"] == "ONLINE"
        shown = muster("device", "move", "--sn", SN, "--location", second.upper(), "--json").json
        assert (shown["location"], shown["place"], shown["configVersion"], shown["status"]) == (second, second, 2, "PROVISIONING")
        assert sent(shared_gateway)["version"] == 2
        shared_gateway.report("battery", BATTERY, 4, NOW)
        assert (shown_in(shared_gateway, first), shown_in(shared_gateway, second)) == (NOWHERE, HERE)

    def test_at_once(self, shared_gateway: SharedGateway, muster: Console) -> None:
        report_battery(shared_gateway, 2)
        first, second = shared_gateway.location.id, shared_gateway.fleet.location(shared_gateway.organization).id
        muster("device", "move", "--sn", SN, "--location", second)
        shared_gateway.report("battery", BATTERY, 4, NOW)
        assert (shown_in(shared_gateway, first), shown_in(shared_gateway, second)) == (NOWHERE, HERE)

    def test_to_where_it_is_changes_nothing(self, shared_gateway: SharedGateway, muster: Console) -> None:
        before = muster("device", "show", "--sn", SN, "--json").json
        assert muster("device", "move", "--sn", SN, "--location", shared_gateway.location.id, "--json").json == before

    def test_credentials_for_the_one_do_not_come_to_the_other(self, shared_gateway: SharedGateway, muster: Console) -> None:
        """A gateway with credentials from the factory gets those that its new location shares."""
        shared_gateway.fleet.change(SN, local_suite=True)
        station = Lorawan.model_validate(
            {**LORAWAN, "server": Server(type="LNS", url="wss://lns.example", port=443, authentication="client_token")}
        )
        other = Location(id=to_uuid(new_id()), organization=shared_gateway.organization.id, name="Pier", wisdm=station)
        manage_locations.create(EVERYWHERE, other, {"token": secret_text()})
        muster("device", "move", "--sn", SN, "--location", other.id)
        server = sent(shared_gateway)["server"]
        assert (server["localSuite"], "box" in server.get("credentials", {})) == (False, True)

    def test_the_map_follows_until_the_device_is_moved_on_it(self, shared_gateway: SharedGateway, muster: Console) -> None:
        first, second = shared_gateway.location.id, shared_gateway.fleet.location(shared_gateway.organization).id
        assert muster("device", "move", "--sn", SN, "--place", second, "--json").json["location"] == first
        shown = muster("device", "move", "--sn", SN, "--location", "none", "--json").json
        assert (shown.get("location"), shown["place"]) == (None, second)
        assert "place" not in muster("device", "move", "--sn", SN, "--place", "none", "--json").json

    def test_its_thing_stays_as_it_is(self, shared_gateway: SharedGateway, muster: Console) -> None:
        shared_gateway.provision_thing()
        before = call(get_thing, {"tuid": TUID}, headers=shared_gateway.thingsee_world.bearer).json
        muster("device", "move", "--sn", SN, "--location", "none")
        assert call(get_thing, {"tuid": TUID}, headers=shared_gateway.thingsee_world.bearer).json == before


class TestRefusals:
    def test_an_unknown_location(self, shared_gateway: SharedGateway, muster: Console) -> None:
        for option in ("--location", "--place"):
            assert "muster location list" in muster.refused("device", "move", "--sn", SN, option, "x")

    def test_another_organizations_location(self, shared_gateway: SharedGateway, muster: Console) -> None:
        other = shared_gateway.fleet.location(shared_gateway.fleet.organization()).id
        for option in ("--location", "--place"):
            assert "another organization's" in muster.refused("device", "move", "--sn", SN, option, other)

    @pytest.mark.parametrize(("settings", "message"), [({"work_mode": "Packet forwarder"}, "mode"), ({"channels": 16}, "more channels")])
    def test_a_location_that_does_not_fit(
        self, shared_gateway: SharedGateway, muster: Console, settings: dict[str, Any], message: str
    ) -> None:
        other = shared_gateway.fleet.location(shared_gateway.organization, **settings).id
        assert message in muster.refused("device", "move", "--sn", SN, "--location", other)
        assert shown_in(shared_gateway, shared_gateway.location.id)[0] == [SN]

    def test_a_sensor_is_in_no_location(self, shared_gateway: SharedGateway, muster: Console) -> None:
        tuid = shared_gateway.thingsee_world.sensor()
        assert "--place" in muster.refused("device", "move", "--tuid", tuid, "--location", shared_gateway.location.id)

    def test_it_says_where_to(self, muster: Console, cloud: dict[str, str]) -> None:
        assert "--location" in muster.misused("device", "move", "--sn", SN)
