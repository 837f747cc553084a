"""An application that calls routes of the WEGnology API, and checks of answers."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import time_machine

from edge.entry import Entry
from fleet.access import EVERYWHERE
from fleet.jobs.jobs import Jobs
from fleet.registry.device import Device
from functions.wegnology.devices.post import handler as post_device
from tests.harness.aws import restore, snapshot
from tests.harness.call import Response
from tests.harness.fleet import Fleet
from tests.harness.wegnology_world import WegnologyWorld

NOW = datetime(2026, 1, 5, 10, 10, 0, 123_000, UTC)
MADE = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
"""When the applications were made, whatever clock the test has that is the first to need them."""
MS = int(NOW.timestamp() * 1000)
TYPES = {
    400: "Validation",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    413: "RequestEntityTooLarge",
    429: "TooManyRequests",
}

BEYOND = (b"1e400", b"-1e400", b"1" + b"0" * 400)
"""JSON numbers beyond those of 64 bits."""


@dataclass(frozen=True)
class Application:
    """An application with a gateway, an edge device, and a system in a system; another application has the same."""

    world: WegnologyWorld
    gateway: Device
    edge: Device
    hall: Device
    north: Device

    @classmethod
    def of(cls, fleet: Fleet) -> Application:
        world = WegnologyWorld.of(fleet)
        gateway, edge = world.device("Gateway", device_class="gateway"), world.device("Edge", device_class="edgeCompute")
        hall = world.device("Hall", device_class="system")
        return cls(world, gateway, edge, hall, world.device("North", device_class="system", parent=hall.id))

    @staticmethod
    @functools.cache
    def _prepare() -> tuple[tuple[Application, Application], dict[str, Any]]:
        with time_machine.travel(MADE, tick=False):
            fleet = Fleet()
            return (Application.of(fleet), Application.of(fleet)), snapshot()

    @classmethod
    def fresh(cls) -> tuple[Application, Application]:
        """Two applications, created once a process, with the tables restored."""
        made, tables = cls._prepare()
        restore(tables)
        return made

    @property
    def id(self) -> str:
        return self.world.organization.id

    def ask(self, entry: Entry, body: Any = None, **more: Any) -> Response:
        """Call a route, as `WegnologyWorld.ask` does."""
        return self.world.ask(entry, body, **more)

    def jobs(self) -> list[str]:
        """The ids of its jobs."""
        return list(Jobs.of_organization(EVERYWHERE, self.id))

    def post(self, body: Any = None, **more: Any) -> Response:
        """Call post_device; members of an object are added to a name."""
        given = {"name": "Pump 7", **body} if isinstance(body, dict) else body
        return self.ask(post_device, given, **more)

    def posted(self, body: Any = None, **more: Any) -> Mapping[str, Any]:
        """The device that post_device answers."""
        answer = self.post(body or {}, **more)
        assert answer.status == 201, answer.content[:300]
        shown: Mapping[str, Any] = answer.json
        return shown


def refusal(answer: Response, status: int, case: object = None) -> str:
    """The message of an error, all of whose members are checked (wegnology.md 2.3). `case` names the failing case."""
    body = answer.json
    assert answer.status == status, f"{case!a:.200}: {answer.status} {body!a:.300}"
    assert body == {"type": TYPES[status], "message": body["message"]}
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Type"] == "application/json"
    message: str = body["message"]
    assert message
    return message
