"""What calls of the WEGnology API need on the deployed stacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge.entry import Entry
from muster.operator import access_token
from muster.rehearse.client import Client
from muster.rehearse.world import PreconditionFailed, World

_LONG = "n" * 600
"""A value that is too long for the row with the newest of each attribute."""


class Applications(World):
    """A token of an application, a gateway and a system in it."""

    def __init__(self, client: Client, routes: Mapping[str, Entry], owner: str) -> None:
        super().__init__(client, routes)
        made = access_token.create(access_token.TokenRequest(owner, "rehearsal", ("all.Application",)))
        self._headers, self._related = {"Authorization": f"Bearer {made.token}"}, dict[str, str]()
        self.known["applicationId"] = owner

    def prepare(self) -> None:
        """Create a gateway, a system, and a device with state. Raises PreconditionFailed when one is not created."""
        self._related = {"gatewayId": self._create("gateway"), "parentId": self._create("system")}
        attributes = [{"name": "flow", "dataType": "number"}, {"name": "note", "dataType": "string"}]
        self.known["deviceId"] = self._create("standalone", attributes=attributes)
        self.need("send_device_state", {"data": {"flow": 17.5, "note": _LONG}})

    def _create(self, device_class: str, **members: Any) -> str:
        reply = self.call("post_device", body={"name": f"Rehearsal {device_class}", "deviceClass": device_class, **members})
        if reply.status != self.routes["post_device"].route.status:
            raise PreconditionFailed(f"no {device_class} could be created: {reply.status} {reply.text}")
        return str(reply.json["id"])

    def headers(self, entry: Entry) -> dict[str, str]:
        return self._headers

    def body_of(self, entry: Entry, example: Any, again: bool) -> Any:
        """The documented body of a route; a new device is in the system and has the gateway."""
        return {**example, **self._related} if entry.route.name == "post_device" else example
