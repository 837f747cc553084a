"""Messages to things, from the route to the queue of the gateway that heard the thing last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from functions.thingsee.command.send import handler as send
from functions.workers.downlink.dispatch import handler
from tests.contract.thingsee.customer import Customer
from tests.harness.fleet import Fleet
from tests.workers.device import NOW, dispatched, outbox, received

MESSAGE = {"tsmId": 1500, "tsmEv": 30, "transactionId": 42, "reportInterval": 3600}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def customer(clock: time_machine.Traveller, fleet: Fleet) -> Customer:
    return Customer.of(fleet)


def sent(customer: Customer, sn: str | None = None) -> tuple[str, str]:
    """A sensor that was sent a message, and the gateway that has heard it."""
    gateway, sensor = customer.field.gateway(sn=sn), customer.field.sensor()
    customer.field.heard(sensor, gateway)
    customer.data(send, [MESSAGE], tuid=sensor)
    return sensor, gateway


@pytest.mark.parametrize("sn", [None, "918100A1B2C3D4E501"], ids=["of its own", "of the other API"])
def test_arrives_in_the_gateways_queue(customer: Customer, sn: str | None) -> None:
    sensor, gateway = sent(customer, sn)
    box = customer.field.boxes[gateway]
    assert dispatched(handler, outbox(box)) == []
    (told,) = received(box)
    second = int(NOW.timestamp())
    assert (told["type"], told["sn"], told["messageId"]) == ("thingsee.commands", box.sn, told["payload"]["commandId"])
    assert told["payload"] == {
        "commandId": told["messageId"],
        "gateway": gateway,
        "notAfter": second + 3600,
        "messages": [{**MESSAGE, "tsmTs": second, "tsmDstTuid": sensor}],
    }


def test_does_not_leave_once_it_is_too_late(customer: Customer, clock: time_machine.Traveller) -> None:
    _, gateway = sent(customer)
    clock.shift(timedelta(hours=1, seconds=1))
    box = customer.field.boxes[gateway]
    assert dispatched(handler, outbox(box)) == []
    assert received(box) == []
