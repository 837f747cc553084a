"""Prepared things and gateways: created once a process and restored for each test, since creating them is slow."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import time_machine

from fleet.aws import clients
from fleet.registry.device import Installation
from fleet.registry.location import Location
from tests.harness.aws import restore, snapshot
from tests.harness.fleet import QUEUE, Fleet, Hardware
from tests.harness.thingsee_world import ThingseeWorld

_PROVISIONED = datetime(2026, 1, 5, 9, tzinfo=UTC)
_COUNT = 3
_FIRST = 1000
"""The first number in names of prepared objects; those that tests create are numbered from one."""


@dataclass
class PreparedThings(ThingseeWorld):
    """An organization whose first gateways and sensors exist already, with status `new` and never heard.

    Prepared gateways have no queue. A gateway that a test requests by TUID or serial number is created with its queue.
    """

    gateways: list[str] = field(default_factory=list)
    sensors: list[str] = field(default_factory=list)

    def gateway(
        self, tuid: str | None = None, sn: str | None = None, status: Installation = "new", location: Location | None = None
    ) -> str:
        if tuid or sn or location or not self.gateways:
            return super().gateway(tuid, sn, status, location)
        return self._taken(self.gateways, status)

    def sensor(self, tuid: str | None = None, status: Installation = "new") -> str:
        return super().sensor(tuid, status) if tuid or not self.sensors else self._taken(self.sensors, status)

    def _taken(self, available: list[str], status: Installation) -> str:
        tuid = available.pop(0)
        if status != "new":
            self.install(tuid, status)
        return tuid


@functools.cache
def _things() -> tuple[PreparedThings, dict[str, Any]]:
    with time_machine.travel(_PROVISIONED, tick=False):
        things = ThingseeWorld.of(Fleet(_FIRST))
        gateways, sensors = [things.gateway() for _ in range(_COUNT)], [things.sensor() for _ in range(_COUNT)]
    return PreparedThings(things.fleet, things.organization, things.client, things.hardware, gateways, sensors), snapshot()


def prepared_things() -> PreparedThings:
    """The prepared things, with the tables restored."""
    things, tables = _things()
    restore(tables)
    return replace(things, hardware=dict(things.hardware), gateways=list(things.gateways), sensors=list(things.sensors))


@functools.cache
def _gateway(make: Callable[[Fleet], Hardware]) -> tuple[Hardware, dict[str, Any]]:
    return make(Fleet(_FIRST)), snapshot()


def prepared_gateway(make: Callable[[Fleet], Hardware]) -> Hardware:
    """The gateway that `make` creates (once a process), with the tables restored and an empty queue."""
    hardware, tables = _gateway(make)
    restore(tables)
    clients.sqs().create_queue(QueueName=hardware.factory.queue_url.rpartition("/")[2], Attributes=QUEUE)
    return hardware


def gateway_in_location(fleet: Fleet) -> Hardware:
    """A gateway in a location."""
    hardware, organization = fleet.hardware(), fleet.organization()
    fleet.gateway(organization, fleet.location(organization), hardware)
    return hardware
