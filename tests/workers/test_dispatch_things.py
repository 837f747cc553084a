"""Commands to things, from the route to the queue of the gateway that heard the thing last."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from functions.thingsee.command.send import handler as send
from functions.workers.downlink.dispatch import handler
from tests.contract.thingsee.tenant import Tenant
from tests.harness.fleet import Fleet
from tests.workers.messages import NOW, deliver_rows, downlink_messages, outbox

MESSAGE = {"tsmId": 1500, "tsmEv": 30, "transactionId": 42, "reportInterval": 3600}


@pytest.fixture
def tenant(clock: time_machine.Traveller, fleet: Fleet) -> Tenant:
    return Tenant.of(fleet)


def sent_command(tenant: Tenant, sn: str | None = None) -> tuple[str, str]:
    """Send a command to a sensor; returns the sensor, and the gateway that heard it."""
    gateway, sensor = tenant.things.gateway(sn=sn), tenant.things.sensor()
    tenant.things.heard(sensor, gateway)
    tenant.data(send, [MESSAGE], tuid=sensor)
    return sensor, gateway


@pytest.mark.parametrize("sn", [None, "918100A1B2C3D4E501"], ids=["of its own", "of the other API"])
def test_arrives_in_the_gateways_queue(tenant: Tenant, sn: str | None) -> None:
    sensor, gateway = sent_command(tenant, sn)
    hardware = tenant.things.hardware[gateway]
    assert deliver_rows(handler, outbox(hardware)) == []
    (message,) = downlink_messages(hardware)
    second = int(NOW.timestamp())
    assert (message["type"], message["sn"], message["messageId"]) == ("thingsee.commands", hardware.sn, message["payload"]["commandId"])
    assert message["payload"] == {
        "commandId": message["messageId"],
        "gateway": gateway,
        "notAfter": second + 3600,
        "messages": [{**MESSAGE, "tsmTs": second, "tsmDstTuid": sensor}],
    }


def test_does_not_leave_once_it_is_too_late(tenant: Tenant, clock: time_machine.Traveller) -> None:
    _, gateway = sent_command(tenant)
    clock.shift(timedelta(hours=1, seconds=1))
    hardware = tenant.things.hardware[gateway]
    assert deliver_rows(handler, outbox(hardware)) == []
    assert downlink_messages(hardware) == []
