"""What calls of the WEGnology API need on the deployed stacks, and what its devices report and its jobs are about."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from edge.entry import Entry
from fleet.aws import clients
from muster.operator import access_token
from muster.rehearse import devices, jobs
from muster.rehearse.client import Client
from muster.rehearse.gateways import Gateways
from muster.rehearse.world import PreconditionFailed, World
from muster.simulate.wire import Wire

_LONG = "n" * 600
"""A value that is too long for the row with the newest of each attribute."""
_NAME = "Rehearsal standalone"
_ATTRIBUTES = ({"name": "flow", "dataType": "number"}, {"name": "note", "dataType": "string"})
_THING, _LATER_THING = "TSPD04A1B2C3D4E31", "TSPD04A1B2C3D4E32"


class Applications(World):
    """A token of an application, and devices in it: those that it has made itself, and those that other APIs call things and gateways."""

    def __init__(self, client: Client, routes: Mapping[str, Entry], gateways: Gateways) -> None:
        super().__init__(client, routes)
        self._gateways, self._related = gateways, dict[str, str]()
        made = access_token.create(access_token.TokenRequest(gateways.owner, "rehearsal", ("all.Application",)))
        self._headers = {"Authorization": f"Bearer {made.token}"}
        self.known["applicationId"] = gateways.owner

    def prepare(self) -> None:
        """Create a gateway, systems, and a device with state; and what is deleted and restored: a device of a system, a thing with an
        alert, a gateway that is nowhere. Raises PreconditionFailed when one is not created.
        """
        self._related = {"gatewayId": self.create("gateway"), "parentId": self.create("system")}
        self.create("system", name="Hall north", parentId=self._related["parentId"])
        self.known["deviceId"] = self.create("standalone", attributes=_ATTRIBUTES)
        self.need("send_device_state", {"data": {"flow": 17.5, "note": _LONG}})
        owner = self._gateways.owner
        pump = self.create("standalone", name="Rehearsal pump", parentId=self._related["parentId"])
        self._deleted = among(pump, devices.alerting_thing(owner, _THING, "prfi00deck"), devices.spare_gateway(owner))

    def end(self) -> None:
        """Report a state of a gateway itself; then have jobs of each kind done. Raises PreconditionFailed when one of them fails."""
        gateway, owner = devices.of_gateway(self._gateways.by_hand), self._gateways.owner
        self._report(gateway)
        thing = devices.alerting_thing(owner, _LATER_THING, "prfi00hold")
        simulated = devices.of_gateway(self._gateways.identity)
        crowd = [self.create("standalone", name=f"{jobs.CROWD} {number}", attributes=_ATTRIBUTES) for number in range(jobs.SYNC_LIMIT)]
        system = self.create("system", name=f"{jobs.CROWD} system")
        self.call("send_device_state", path={"deviceId": crowd[0]}, body={"data": {"flow": 17.5, "note": _LONG}})
        jobs.of_each_kind(self, owner, self._related["parentId"], [*crowd, system, thing, simulated])

    def _report(self, gateway: str) -> None:
        """Report the state of a gateway, once it has an attribute."""
        flow = {"operation": "add", "target": "attribute", "value": {"name": "flow", "dataType": "number"}}
        self.need("patch_devices", {"deviceIds": [gateway], "updateOperations": [flow]})
        Wire(self._gateways.by_hand, clients.sqs()).send("device.state", str(uuid.uuid4()), 1, {"states": [{"data": {"flow": 40.25}}]})
        listed = {"query": json.dumps(among(gateway))}
        self.until("the state of a gateway is not listed", lambda: b"40.25" in self.call("get_composite_state", query=listed).content)

    def create(self, device_class: str, **members: Any) -> str:
        """Create a device of a class; its id. Raises PreconditionFailed."""
        reply = self.call("post_device", body={"name": f"Rehearsal {device_class}", "deviceClass": device_class, **members})
        if reply.status != self.routes["post_device"].route.status:
            raise PreconditionFailed(f"no {device_class} could be created: {reply.status} {reply.text}")
        return str(reply.json["id"])

    def headers(self, entry: Entry) -> dict[str, str]:
        return self._headers

    def body_of(self, entry: Entry, example: Any, again: bool) -> Any:
        """The documented body of a route; a new device is in the system and has the gateway, and what is changed is of this world."""
        own: Mapping[str, Any] = {
            "post_device": self._related,
            "patch_devices": {"query": {"name": _NAME}, "updateOperations": [_set("gatewayId", self._related["gatewayId"])]},
            "delete_devices": {"query": self._deleted},
            "restore_devices": {"query": {**self._deleted, **jobs.CONNECTED}},
        }
        return {**example, **own[entry.route.name]} if entry.route.name in own else example


def among(*ids: str) -> dict[str, Any]:
    """The query that means these devices."""
    return {"id": {"$in": list(ids)}}


def _set(target: str, value: str) -> dict[str, str]:
    return {"operation": "set", "target": target, "value": value}
