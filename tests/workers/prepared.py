"""What stands ready for tests, made once a process: things, of which a test takes as many as it asks for, and gateways of the WisDM API."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import time_machine

from fleet.aws import clients
from fleet.registry.thing import Installation
from tests.harness.aws import kept, restore
from tests.harness.fleet import Fleet, Hardware
from tests.harness.thingsee_world import ThingseeWorld

_PROVISIONED = datetime(2026, 1, 5, 9, tzinfo=UTC)
_COUNT = 3
_FIRST = 1000
"""The first number in names of what stands ready: what tests make beside it is numbered from one."""


@dataclass
class Stock(ThingseeWorld):
    """An organization whose first gateways and sensors are there already: new ones, which nobody has heard.

    Their gateways have no queue; a gateway that is asked for by TUID or serial number is made, with its queue.
    """

    gateways: list[str] = field(default_factory=list)
    sensors: list[str] = field(default_factory=list)

    def gateway(self, tuid: str | None = None, sn: str | None = None, status: Installation = "new") -> str:
        return super().gateway(tuid, sn, status) if tuid or sn or not self.gateways else self._taken(self.gateways, status)

    def sensor(self, tuid: str | None = None, status: Installation = "new") -> str:
        return super().sensor(tuid, status) if tuid or not self.sensors else self._taken(self.sensors, status)

    def _taken(self, ready: list[str], status: Installation) -> str:
        tuid = ready.pop(0)
        if status != "new":
            self.install(tuid, status)
        return tuid


@functools.cache
def _made() -> tuple[Stock, dict[str, Any]]:
    with time_machine.travel(_PROVISIONED, tick=False):
        made = ThingseeWorld.of(Fleet(_FIRST))
        gateways, sensors = [made.gateway() for _ in range(_COUNT)], [made.sensor() for _ in range(_COUNT)]
    return Stock(made.fleet, made.organization, made.client, made.hardware, gateways, sensors), kept()


def fresh() -> Stock:
    """The stock as it was made, in the tables too."""
    made, tables = _made()
    restore(tables)
    return replace(made, hardware=dict(made.hardware), gateways=list(made.gateways), sensors=list(made.sensors))


@functools.cache
def _gateway(make: Callable[[Fleet], Hardware]) -> tuple[Hardware, dict[str, Any]]:
    return make(Fleet(_FIRST)), kept()


def standing(make: Callable[[Fleet], Hardware]) -> Hardware:
    """The gateway that this function makes, with all that it stored and an empty queue. It is called once a process."""
    hardware, tables = _gateway(make)
    restore(tables)
    clients.sqs().create_queue(QueueName=hardware.factory.queue_url.rpartition("/")[2], Attributes={"FifoQueue": "true"})
    return hardware


def placed(fleet: Fleet) -> Hardware:
    """A gateway in a location."""
    hardware, organization = fleet.hardware(), fleet.organization()
    fleet.gateway(organization, fleet.location(organization), hardware)
    return hardware
