"""`muster device retire|restore|delete`: what is left of a device for the APIs, its names and their next owner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from edge.entry import Entry
from functions.thingsee.command.list import handler as list_commands
from functions.thingsee.command.send import handler as send_commands
from functions.thingsee.group.list_things import handler as list_group_things
from functions.thingsee.installation.list import handler as list_installations
from functions.thingsee.thing.get import handler as get_thing
from functions.wisdm.battery.get import handler as get_battery
from functions.wisdm.command.get import handler as get_command
from functions.wisdm.command.send import handler as send_command
from functions.wisdm.gateway.get_status import handler as get_status
from functions.wisdm.gateway.list_status import handler as list_status
from functions.wisdm.gateway.register import handler as register
from functions.wisdm.logs.get import handler as get_syslog
from functions.wisdm.logs.set import handler as set_syslog
from functions.wisdm.network.get_lan import handler as get_lan
from functions.wisdm.network.get_wan import handler as get_wan
from functions.wisdm.network.set_wan import handler as set_wan
from functions.workers.downlink.dispatch import handler as dispatch
from functions.workers.uplink.receive import handler as receive
from tests.harness.call import Response, call
from tests.harness.fleet import Fleet
from tests.harness.interference import before_first_request
from tests.harness.thingsee_world import LOST, ThingseeWorld
from tests.operator.console import Console
from tests.operator.shared_gateway import EUI, SN, TUID, SharedGateway
from tests.suite.settings import BATTERY
from tests.workers.messages import NEXT_BOOT, NOW, deliver, deliver_rows, downlink_messages, hello, outbox, uplink_message
from tests.workers.status import STATUS
from tests.workers.thing_messages import AT, alerting_tuids, alerts_of, message, messages_of, things_message

WAN = {"ethernet": {"enabled": True, "protocol": "dhcp", "dhcpClient": {"useDNS": False}}}
LOGS = {"shareLogs": "wisdm", "wisdmLogsRotationCycle": 9}


@pytest.fixture
def idle(shared_gateway: SharedGateway, muster: Console) -> SharedGateway:
    """A gateway with both names that is out of service: in no location, and new."""
    shared_gateway.provision_thing()
    muster("device", "move", "--sn", SN, "--location", "none")
    return shared_gateway


def statuses(gateway: SharedGateway) -> tuple[int, int, Any]:
    """What WisDM and Thingsee answer for the device, and who is in Thingsee's group `unassigned`."""
    bearer = gateway.thingsee_world.bearer
    wisdm, thing = call(get_status, {"sn": SN}, key=gateway.key).status, call(get_thing, {"tuid": TUID}, headers=bearer).status
    return wisdm, thing, call(list_group_things, {"groupid": "unassigned"}, headers=bearer).json["data"]["tuids"]


SHOWN: tuple[int, int, Any] = (200, 200, [TUID])
GONE: tuple[int, int, Any] = (404, 404, [])


class TestRetire:
    def test_no_api_shows_it(self, idle: SharedGateway, muster: Console) -> None:
        assert statuses(idle) == SHOWN
        shown = muster("device", "retire", "--tuid", TUID, "--json").json
        assert statuses(idle) == GONE
        assert (shown["retired"], shown["paths"], shown["sn"]) == ("2026-01-05T10:10:00Z", {}, SN)
        assert "muster device restore" in muster("device", "show", "--sn", SN).out

    def test_its_messages_are_ignored_and_count_for_nothing_afterwards(self, idle: SharedGateway, muster: Console) -> None:
        muster("device", "retire", "--sn", SN)
        idle.report("presence", {"connected": False}, 8, NOW - timedelta(minutes=1))
        idle.deliver(things_message(idle.hardware, [message(TUID)]))
        assert statuses(idle) == GONE
        muster("device", "restore", "--sn", SN)
        assert call(get_status, {"sn": SN}, key=idle.key).json["status"] == "ONLINE"
        assert messages_of(idle.thingsee_world, TUID) == []

    def test_its_names_stay_taken(self, idle: SharedGateway, muster: Console) -> None:
        muster("device", "retire", "--sn", SN)
        other = idle.fleet.organization()
        location, key = idle.fleet.location(other), idle.fleet.key(other)
        assert call(register, {"locationId": location.id}, key=key, body={"sn": SN, "eui": EUI}).status == 406
        assert call(register, {"locationId": idle.location.id}, key=idle.key, body={"sn": SN, "eui": EUI}).status == 404
        thing = ("thing", "provision", "--tuid", TUID, "--organization", other.slug, "--kind", "sensor")
        assert "Another device has this TUID" in muster.refused(*thing)
        gateway = ("gateway", "provision", "--sn", SN, "--eui", "ac1f09fffe0a1bff", "--model", "RAK7268V2", "--mac", "AC:1F:09:0A:1B:FF")
        assert "already provisioned" in muster.refused(*gateway)

    def test_its_alert_ends(self, idle: SharedGateway, muster: Console) -> None:
        idle.report("presence", {"connected": False}, 2, NOW - timedelta(minutes=5))
        assert alerting_tuids(idle.thingsee_world) == [TUID]
        muster("device", "retire", "--sn", SN)
        assert alerting_tuids(idle.thingsee_world) == []

    def test_restore_shows_it_in_its_group(self, idle: SharedGateway, muster: Console) -> None:
        muster("group", "create", "--organization", idle.organization.slug, "--name", "lobby")
        muster("device", "group", "--sn", SN, "--group", "lobby")
        muster("device", "retire", "--sn", SN)
        assert muster("device", "restore", "--tuid", TUID, "--json").json["thingseeGroup"] == "lobby"
        assert statuses(idle) == (200, 200, [])

    def test_restore_shows_it_in_no_group_when_that_is_deleted(self, idle: SharedGateway, muster: Console) -> None:
        muster("group", "create", "--organization", idle.organization.slug, "--name", "lobby")
        muster("device", "group", "--sn", SN, "--group", "lobby")
        muster("device", "retire", "--sn", SN)
        assert muster("group", "delete", "--organization", idle.organization.slug, "--name", "lobby").code == 0
        assert "group" not in muster("device", "restore", "--tuid", TUID, "--json").json
        assert statuses(idle) == SHOWN

    def test_doing_it_again_changes_nothing(self, idle: SharedGateway, muster: Console) -> None:
        for verb in ("retire", "restore"):
            assert muster("device", verb, "--sn", SN, "--json").json == muster("device", verb, "--sn", SN, "--json").json

    def test_one_in_service_is_refused(self, shared_gateway: SharedGateway, muster: Console) -> None:
        for verb in (("retire",), ("delete", "--yes")):
            assert f"muster device move --id {self.id_of(muster)} --location none`" in muster.refused("device", *verb, "--sn", SN)
        tuid = shared_gateway.thingsee_world.sensor(status="installed")
        for verb in (("retire",), ("delete", "--yes")):
            assert f"`muster thing install --tuid {tuid} --status uninstalled`" in muster.refused("device", *verb, "--tuid", tuid)
        assert muster("device", "move", "--sn", SN, "--location", "none").code == 0
        assert muster("thing", "install", "--tuid", tuid, "--status", "uninstalled").code == 0
        for name in (("--sn", SN), ("--tuid", tuid)):
            assert muster("device", "retire", *name).code == 0

    @staticmethod
    def id_of(muster: Console) -> str:
        id: str = muster("device", "show", "--sn", SN, "--json").json["id"]
        return id


class NextOwner:
    """Another organization, which registers the gateway and gives it the TUID."""

    def __init__(self, gateway: SharedGateway, muster: Console) -> None:
        self.gateway, fleet = gateway, gateway.fleet
        self.thingsee_world = ThingseeWorld.of(fleet)
        owner = self.thingsee_world.organization
        self.location, self.key = fleet.location(owner), fleet.key(owner)
        answer = call(register, {"locationId": self.location.id}, key=self.key, body={"sn": SN, "eui": EUI})
        assert answer.status == 201, answer.content
        thing = ("thing", "provision", "--tuid", TUID, "--organization", owner.slug, "--kind", "gateway", "--sn", SN)
        assert muster(*thing).code == 0

    def wisdm(self, entry: Entry, **path: str) -> Response:
        return call(entry, {"sn": SN, **path}, key=self.key)

    def thingsee(self, entry: Entry) -> Any:
        return call(entry, {"tuid": TUID}, headers=self.thingsee_world.bearer).json["data"]


class TestDelete:
    def test_the_next_owner_sees_nothing_of_the_one_before(self, shared_gateway: SharedGateway, muster: Console) -> None:
        old = shared_gateway
        old.provision_thing()
        assert call(set_wan, {"sn": SN}, key=old.key, body=WAN).status == 204
        assert call(set_syslog, {"sn": SN}, key=old.key, body=LOGS).status == 204
        command = call(send_command, {"sn": SN}, key=old.key, body={"command": "ping", "args": "-c 1 localhost"}).json["commandId"]
        old.report("config.reported", {"version": 1, "batteryMonitoring": {"enabled": True}}, 2, NOW - timedelta(minutes=2))
        old.report("battery", BATTERY, 3, NOW - timedelta(minutes=2))
        old.deliver(things_message(old.hardware, [message(TUID, ts=AT - 60)], NOW - timedelta(minutes=1)))
        message_command = {"tsmId": 1500, "tsmEv": 30, "transactionId": 42}
        assert call(send_commands, {"tuid": TUID}, headers=old.thingsee_world.bearer, body=[message_command]).status == 200
        old.thingsee_world.install(TUID, "installed")
        old.thingsee_world.install(TUID, "uninstalled")
        old.report("presence", {"connected": False}, 4, NOW)
        assert list(alerts_of(old.thingsee_world, TUID)) == [LOST]
        muster("device", "move", "--sn", SN, "--location", "none")
        muster("device", "retire", "--sn", SN)
        assert SN in muster("device", "delete", "--sn", SN).out

        new = NextOwner(old, muster)
        answers = [new.wisdm(entry) for entry in (get_status, get_wan, get_lan, get_battery)]
        assert answers[0].json["status"] == "PROVISIONING"
        assert not {"system", "network", "lora"} & answers[0].json.keys()
        assert [answer.status for answer in answers[1:]] == [500, 500, 404]  # nothing is known yet
        assert new.wisdm(get_syslog).json["shareLogs"] == "none"
        assert new.wisdm(get_command, commandId=str(command)).status == 404
        assert [entry["installation_status"] for entry in new.thingsee(list_installations)] == ["new"]
        assert new.thingsee(list_commands) == []
        assert (messages_of(new.thingsee_world, TUID), alerts_of(new.thingsee_world, TUID)) == ([], {})
        assert alerting_tuids(new.thingsee_world) == alerting_tuids(old.thingsee_world) == []
        assert statuses(old) == GONE
        assert deliver_rows(dispatch, outbox(old.hardware)) == []
        assert [each["type"] for each in downlink_messages(old.hardware)] == ["location.config"]  # and none of the settings before

    def test_the_gateway_takes_the_configuration_of_the_next_owner(self, idle: SharedGateway, muster: Console) -> None:
        """It ignores versions older than the one that it runs on: so the numbers go on."""
        idle.report("hello", hello(idle.hardware, applied=1), 2, NOW - timedelta(minutes=1))
        muster("device", "delete", "--sn", SN, "--yes")
        new = NextOwner(idle, muster)
        assert deliver_rows(dispatch, outbox(idle.hardware)) == []
        assert [each["payload"]["version"] for each in downlink_messages(idle.hardware)] == [2]
        starts = uplink_message(idle.hardware, "hello", hello(idle.hardware, applied=1), boot=NEXT_BOOT, received=NOW)
        idle.deliver(starts)
        assert new.wisdm(get_status).json["status"] == "PROVISIONING"
        idle.deliver(uplink_message(idle.hardware, "config.reported", {"version": 2}, seq=2, boot=NEXT_BOOT))
        assert new.wisdm(get_status).json["status"] == "ONLINE"

    def test_one_that_was_never_retired_has_no_alert_left(self, idle: SharedGateway, muster: Console) -> None:
        idle.report("presence", {"connected": False}, 2, NOW - timedelta(minutes=5))
        assert alerting_tuids(idle.thingsee_world) == [TUID]
        muster("device", "delete", "--sn", SN, "--yes")
        assert alerting_tuids(idle.thingsee_world) == []

    def test_asks_whether_one_is_meant_that_is_not_retired(self, idle: SharedGateway, muster: Console) -> None:
        assert "--yes" in muster.refused("device", "delete", "--sn", SN)
        assert statuses(idle) == SHOWN
        deleted = muster("device", "delete", "--sn", SN, "--yes", "--json").json
        assert (deleted["sn"], deleted["tuid"]) == (SN, TUID)
        assert statuses(idle) == GONE
        assert "muster device list" in muster.refused("device", "show", "--id", deleted["id"])

    @pytest.mark.parametrize("claimed", ["meanwhile", "afterwards"])
    @pytest.mark.parametrize("type", ["status", "hello", "dyingGasp"])
    def test_a_report_that_is_being_stored_is_not_shown_to_the_next_owner(
        self, shared_gateway: SharedGateway, muster: Console, type: str, claimed: str
    ) -> None:
        """The worker has read whose the gateway is; when it writes, that device is deleted, or the gateway another's by now."""
        old, owners = shared_gateway, list[NextOwner]()
        muster("device", "move", "--sn", SN, "--location", "none")

        def others() -> None:
            muster("device", "delete", "--sn", SN, "--yes")
            if claimed == "meanwhile":
                owners.append(NextOwner(old, muster))

        payloads = {"hello": hello(old.hardware, applied=9), "dyingGasp": {"at": "2026-01-05T10:00:00Z"}}
        with before_first_request("UpdateItem", others):
            old.report(type, payloads.get(type, STATUS), 7, NOW)
        new = owners[0] if owners else NextOwner(old, muster)
        fresh = call(get_status, {"sn": SN}, key=new.key)
        assert (fresh.status, fresh.json["status"]) == (200, "PROVISIONING")
        assert not {"system", "network", "lora", "lastGasp"} & fresh.json.keys()
        assert call(list_status, {"locationId": new.location.id}, key=new.key).json["gateways"] == [fresh.json]
        assert muster("doctor", "registry", "--json").json["differences"] == []
        old.report("status", {"system": {"uptime": 5}}, 1, NOW)
        assert new.wisdm(get_status).json["system"]["uptime"] == 5

    def test_a_first_report_of_settings_that_is_being_stored_does_not_bar_the_next_owner(self, muster: Console, fleet: Fleet) -> None:
        card = fleet.gateway(fleet.organization(), None, hardware := fleet.hardware())
        report = uplink_message(hardware, "config.reported", {"version": 0, "lan": {"wifi": {"ssid": "Quay"}}})
        with before_first_request("TransactWriteItems", lambda: muster("device", "delete", "--id", card.id, "--yes")):
            assert deliver(receive, report) == [report.id]
        owner = fleet.organization()
        path, key = {"locationId": fleet.location(owner).id}, fleet.key(owner)
        answer = call(register, path, key=key, body={"sn": card.sn, "eui": card.eui})
        assert answer.status == 201, answer.content
        assert call(get_lan, {"sn": card.sn}, key=key).status == 500  # nothing is known yet

    def test_it_is_in_no_list(self, idle: SharedGateway, muster: Console) -> None:
        muster("device", "delete", "--sn", SN, "--yes")
        for more in ((), ("--retired",)):
            assert muster("device", "list", "--organization", idle.organization.slug, "--json", *more).json == []

    def test_its_messages_are_ignored(self, idle: SharedGateway, muster: Console) -> None:
        muster("device", "delete", "--sn", SN, "--yes")
        idle.report("presence", {"connected": True}, 8, NOW)
        assert statuses(idle) == GONE
