"""The things of a world: a gateway, a sensor behind it in a group, an empty group, and one to move to."""

from __future__ import annotations

from typing import Any

from edge.route import Entry
from fleet.access import EVERYWHERE
from fleet.registry import manage_groups
from fleet.tenancy.organization import Organization
from tests.harness.fleet import Fleet
from tests.harness.things import SECRET, Field

FURTHER: dict[str, list[dict[str, Any]]] = {
    "create_client_token": [{"body": {"client_id": "nobody", "client_secret": "-"}, "status": 401}],
    "send_thing_commands": [{"path": {"tuid": "TSPD04A1B2C3D4E99"}}],
    "set_installation": [{"body": {"installation_status": "retired"}}],
}
"""Calls beside the good one that a route needs to make use of everything it may do."""


class Yard:
    """Things of an organization, and what calls of routes about them hold."""

    def __init__(self, fleet: Fleet, organization: Organization) -> None:
        self.field = Field.of(fleet, organization)
        self.gateway = self.field.gateway(status="installed")
        self.sensor = self.field.sensor(status="installed")
        self.unheard = self.field.sensor("TSPD04A1B2C3D4E99")
        for name in ("prfi00yard", "prfi00shed", "prfi00empty"):
            manage_groups.create(EVERYWHERE, organization.id, name, "")
        self.field.move(self.sensor, "prfi00yard")
        self.field.heard(self.sensor, self.gateway)

    @property
    def credential(self) -> str:
        return self.field.token

    def foreign(self) -> str:
        """A token of another organization."""
        return Field.of(self.field.fleet).token

    def path(self, entry: Entry) -> dict[str, str]:
        """What the variables of a route's path are here."""
        known = {"tuid": self.sensor, "groupid": "prfi00empty" if entry.route.name == "delete_group" else "prfi00yard"}
        return {part: value for part, value in known.items() if f"{{{part}}}" in entry.route.path}

    def body(self, entry: Entry, example: Any) -> Any:
        """The documented example, told of this client and these groups."""
        if entry.route.name == "set_thing_group":
            return {"group_id": "prfi00shed"}
        return {"client_id": self.field.client.id, "client_secret": SECRET} if entry.route.name == "create_client_token" else example
