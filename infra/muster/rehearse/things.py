"""The resources for the Thingsee API: things of the organization with the simulated gateway, one of which it has heard."""

from __future__ import annotations

import functools
import time
import uuid
from collections.abc import Mapping
from typing import Any

from edge.entry import Entry
from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.registry import manage_groups
from muster.operator import thing, thingsee_client
from muster.operator.keyring import Identity
from muster.rehearse import examples
from muster.rehearse.client import Client
from muster.rehearse.world import World
from muster.simulate.wire import Wire

_GATEWAY, _SENSOR = "TSGW02A1B2C3D4E01", "TSPD04A1B2C3D4E05"
_FULL, _OTHER, _EMPTY, _OLD = "prfi00yard", "prfi00shed", "prfi00empty", "prfi00old"
_GROUP_OF = {"delete_group": _EMPTY, "rename_group": _OLD}
"""A group for each route that changes or deletes its group."""
_HEARTBEATS = {"tsmId": 11200, "tsmEv": 10, "slotInterval": 600, "slotBitCount": 12}
_AHEAD = 10_000_000
"""Seconds that a wrong clock is ahead."""
_PRESSURE = {"tsmId": 12100, "tsmEv": 10, "airp": 101325, "humd": 40.5, "temp": 21.5, "lght": 100}


class Things(World):
    """A client with a token, a gateway, sensors behind it, and groups."""

    def __init__(self, client: Client, routes: Mapping[str, Entry], owner: str, relay: Identity) -> None:
        super().__init__(client, routes)
        made = thingsee_client.create(owner, "rehearsal")
        self._credentials = {"client_id": made.client_id, "client_secret": made.client_secret}
        thing.provision(thing.ThingRequest(_GATEWAY, owner, "gateway", sn=relay.sn))
        for tuid in (_SENSOR, *self._others()):
            thing.provision(thing.ThingRequest(tuid, owner, "sensor"))
        for name in (_FULL, _OTHER, _EMPTY, _OLD):
            manage_groups.create(EVERYWHERE, owner, name, "")
        self.known |= {"tuid": _SENSOR, "groupid": _FULL}
        self._wire = Wire(relay, clients.sqs())

    def _others(self) -> list[str]:
        """The sensors of the routes' further calls."""
        calls = [call for entry in self.routes.values() for call in examples.further(entry)]
        return sorted({call["path"]["tuid"] for call in calls if "tuid" in call.get("path", {})} - {_GATEWAY})

    def prepare(self) -> None:
        """Deliver messages of a sensor in a group. Raises PreconditionFailed when the API does not list them."""
        self.need("set_thing_group", {"group_id": _FULL})
        self._report(_SENSOR)

    def end(self) -> None:
        """Deliver messages of the silent sensors, which releases their held commands; then retire a sensor that has an alert."""
        for tuid in self._others():
            self._report(tuid)
        self.call("set_installation", body={"installation_status": "installed"})
        for beats in (0, 1, 0):
            heartbeats = [{"tuid": _SENSOR, "slotBits": beats}]
            self._send({**_HEARTBEATS, "tsmTs": time.time(), "tsmTuid": _GATEWAY, "heartbeats": heartbeats})
            self.until("the alert of missed heartbeats is not as it was sent", functools.partial(self._alerts, beats == 0))
        self.call("set_installation", body={"installation_status": "retired"})
        self.until("the retired sensor still has its alert", functools.partial(self._alerts, False))

    def _alerts(self, alerting: bool) -> bool:
        return (_SENSOR.encode() in self.call("list_alerting_things").content) is alerting

    def _report(self, tuid: str) -> None:
        """Deliver two messages of a sensor; the clock of one is wrong."""
        now, body = int(time.time()), {**_PRESSURE, "tsmTuid": tuid, "tsmGw": _GATEWAY}
        self._send({**body, "tsmTs": now}, {**body, "tsmTs": now + _AHEAD})
        listed = functools.partial(self.call, "list_thing_messages", path={"tuid": tuid})
        self.until(f"the message of {tuid} is not listed", lambda: b"tsmTs" in listed().content)

    def _send(self, *messages: Mapping[str, Any]) -> None:
        self._wire.send("thingsee.messages", str(uuid.uuid4()), 1, {"messages": messages})

    def headers(self, entry: Entry) -> dict[str, str]:
        """The headers with a token, if the route needs one."""
        if not entry.route.security:
            return {}
        if "create_client_token" not in self.done:
            self.call("create_client_token")
        opened = self.done.get("create_client_token")
        return {"Authorization": f"Bearer {opened.json['data']['token'] if opened else 'none'}"}

    def value(self, entry: Entry, variable: str) -> str | None:
        """The value of a path variable."""
        return (
            _GROUP_OF.get(entry.route.name) if variable == "groupid" and entry.route.name in _GROUP_OF else super().value(entry, variable)
        )

    def body_of(self, entry: Entry, example: Any, again: bool) -> Any:
        """The documented body of a route, with the ids of this client and these groups."""
        own = {"create_client_token": self._credentials, "set_thing_group": {"group_id": _OTHER}}
        return own.get(entry.route.name, example)
