"""A serial number or TUID with another owner: commands and reports of the one before are neither shown nor taken."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleet.access import EVERYWHERE, Reach
from fleet.aws.reads import fetch
from fleet.commands.commands import Commands
from fleet.lifecycle import retire
from fleet.registry.gateways import Gateways
from functions.wisdm.command import get as get_command
from functions.wisdm.gateway.get_status import handler as get_status
from functions.workers.downlink.dispatch import handler as dispatch
from functions.workers.uplink.receive import handler as receive
from tests.harness.aws import partition, put
from tests.harness.call import call
from tests.harness.fleet import Fleet, Hardware
from tests.harness.interference import WRITE, before_first_request
from tests.harness.thingsee_world import ThingseeWorld
from tests.workers.messages import NEXT_BOOT, NOW, deliver, deliver_rows, downlink_messages, hello, outbox, uplink_message
from tests.workers.prepared import prepared_gateway
from tests.workers.test_command_states import listed_messages, send_to
from tests.workers.test_uplink_orders import give, online_gateway, order_result
from tests.workers.test_uplink_results import command_result, send_command
from tests.workers.thing_messages import message, relay, thing_information, things_message

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def hardware(cloud: dict[str, str]) -> Hardware:
    """A gateway that is online."""
    return prepared_gateway(online_gateway)


class TestAnotherOwner:
    """A serial number or TUID that is given to another organization."""

    def test_of_a_serial_number_sees_no_command(self, fleet: Fleet, hardware: Hardware) -> None:
        id = send_command(hardware)
        order = give(hardware, "upgrade")
        owner = fleet.organization()
        fleet.change(hardware.sn, organization=owner.id, location=None)
        assert fetch(Reach.of(owner.id), Commands.earlier("upgrade", hardware.sn)).newest is None
        assert call(get_command.handler, {"sn": hardware.sn, "commandId": str(id)}, key=fleet.key(owner)).status == 404
        deliver(receive, uplink_message(hardware, "action.result", order_result(order)))
        deliver_rows(dispatch, outbox(hardware))
        assert downlink_messages(hardware) == []
        assert fetch(EVERYWHERE, Commands.earlier("upgrade", hardware.sn)).newest == order

    @pytest.mark.parametrize("left", [False, True])
    def test_of_a_gateway_that_was_deleted_sees_no_command(self, fleet: Fleet, hardware: Hardware, left: bool) -> None:
        """Not even in the same organization, and not if a command was accepted while the gateway was being deleted (`left`)."""
        id = send_command(hardware)
        give(hardware, "upgrade")
        rows, old = partition("FleetTable", f"COMMANDS#{hardware.sn}"), fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).card
        fleet.change(hardware.sn, location=None)
        retire.delete(EVERYWHERE, old.id, NOW)
        assert partition("FleetTable", f"COMMANDS#{hardware.sn}") == []
        owner = fleet.organization().changed(id=old.organization)
        fleet.online(fleet.gateway(owner, fleet.location(owner), hardware))
        put("FleetTable", rows if left else [])
        assert call(get_command.handler, {"sn": hardware.sn, "commandId": str(id)}, key=fleet.key(owner)).status == 404
        deliver_rows(dispatch, outbox(hardware))
        assert downlink_messages(hardware) == []
        before = partition("FleetTable", f"COMMANDS#{hardware.sn}")
        deliver(receive, uplink_message(hardware, "command.result", command_result(id, [0, 0])))
        assert partition("FleetTable", f"COMMANDS#{hardware.sn}") == before
        sent = len(outbox(hardware))
        deliver(receive, uplink_message(hardware, "hello", hello(hardware), boot=NEXT_BOOT, received=NOW + timedelta(hours=2)))
        assert len(outbox(hardware)) == sent

    def test_a_report_that_ends_late_is_not_shown_to_another_owner(self, fleet: Fleet) -> None:
        hardware, owner = fleet.hardware(), fleet.organization()
        old, report = (
            fleet.gateway(fleet.organization(), hardware=hardware),
            {"system": {"cpu": 77}, "network": {"lan": {"wifi": {"key": "hush"}}}},
        )

        def change_owner() -> None:
            retire.delete(EVERYWHERE, old.id, NOW)
            fleet.online(fleet.gateway(owner, fleet.location(owner), hardware))

        with before_first_request("UpdateItem", change_owner):
            assert deliver(receive, uplink_message(hardware, "status", report)) == []
        answer = call(get_status, {"sn": hardware.sn}, key=fleet.key(owner))
        assert answer.status == 200
        assert answer.json.get("system", {}).get("cpu") != 77
        assert deliver(receive, uplink_message(hardware, "status", {"system": {"cpu": 12}}, seq=2)) == []
        assert call(get_status, {"sn": hardware.sn}, key=fleet.key(owner)).json["system"]["cpu"] == 12

    def test_a_first_message_that_ends_late_leaves_no_state_to_another_owner(self, fleet: Fleet, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor, other = thingsee_world.gateway(), thingsee_world.sensor(), ThingseeWorld.of(fleet)
        sent = things_message(thingsee_world.hardware[gateway], [message(sensor)])
        with before_first_request(WRITE, lambda: retire.delete(EVERYWHERE, thingsee_world.thing(sensor).id, NOW), after=2):
            assert deliver(receive, sent) == [sent.id]
        other.sensor(sensor)
        relay(other, other.gateway(), message(sensor, 1110, batl=50))
        assert thing_information(other, sensor)["battery_level"] == 50

    @pytest.mark.parametrize("left", [False, True])
    def test_of_a_tuid_sees_no_message(self, fleet: Fleet, thingsee_world: ThingseeWorld, left: bool) -> None:
        sensor, other = thingsee_world.sensor(), ThingseeWorld.of(fleet)
        send_to(thingsee_world, sensor)
        assert len(listed_messages(thingsee_world, sensor)) == 1
        rows = partition("FleetTable", f"COMMANDS#{sensor}")
        retire.delete(EVERYWHERE, thingsee_world.thing(sensor).id, NOW)
        other.sensor(sensor)
        put("FleetTable", rows if left else [])
        assert listed_messages(other, sensor) == []
        relay(other, gateway := other.gateway(), message(sensor))
        assert outbox(other.hardware[gateway]) == []
        send_to(other, sensor)
        assert len(listed_messages(other, sensor)) == 1
