"""The Thingsee API: tokens, and the gateway, sensors and groups that its routes are called with."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from edge.entry import Entry
from edge.route import Route
from edge.shape import Shape
from fleet.access import EVERYWHERE
from fleet.registry import manage_groups
from fleet.telemetry.message import Message
from fleet.telemetry.messages import Messages
from fleet.tenancy.organization import Organization
from tests.harness.fleet import Fleet
from tests.harness.thingsee_world import SECRET, ThingseeWorld
from tests.suite.dialect import REFUSALS, Arguments, Credential, Outcome, Profile, Seeds

_UNHEARD, _GATEWAY = "TSPD04A1B2C3D4E99", "TSGW02A1B2C3D4E01"
_FULL, _OTHER, _EMPTY = "prfi00yard", "prfi00shed", "prfi00empty"


def _token(change: Mapping[str, Any]) -> Callable[[Thingsee], Arguments]:
    """A token of a client that the operator then changes."""

    def arguments(seeds: Thingsee) -> Arguments:
        client = ThingseeWorld.of(seeds.fleet, seeds.organization)
        token = client.token
        client.change(**change)
        return {"key": token}

    return arguments


def _dead(route: Route) -> Outcome:
    return "not authenticated"


def _nothing(route: Route) -> Outcome:
    return "finds nothing"


def _if_it_reads(route: Route) -> Outcome:
    return "good" if route.scope == "READ" else "not allowed"


class Thingsee(Seeds):
    """A gateway, a sensor behind it in a group, a sensor that was never heard, an empty group, and a target group."""

    def __init__(self, fleet: Fleet, organization: Organization, *, repeatable: bool = False) -> None:
        super().__init__(fleet, organization)
        self.thingsee_world = ThingseeWorld.of(fleet, organization)
        gateway = self.thingsee_world.gateway(_GATEWAY, status="installed", location=fleet.location(organization))
        self.sensor = self.thingsee_world.sensor(status="installed")
        self.thingsee_world.sensor(_UNHEARD)
        for name in (_FULL, _OTHER, _EMPTY):
            manage_groups.create(EVERYWHERE, organization.id, name, "")
        self.thingsee_world.move(self.sensor, _FULL)
        self.thingsee_world.heard(self.sensor, gateway)
        now = int(time.time())
        heard = Message(self.sensor, 12100, 10, now, gateway, {"tsmId": 12100, "tsmEv": 10, "temp": 21.5}, now, now * 1_000_000)
        Messages.add(EVERYWHERE, self.thingsee_world.thing(self.sensor), heard, _FULL)
        self.thingsee_world.lose(gateway)

    def surround(self, total: int, here: int, places: int) -> None:
        groups = [f"prfi00more{number}" for number in range(places)]
        for name in groups:
            manage_groups.create(EVERYWHERE, self.organization.id, name, "")
        for number in range(total):
            self.thingsee_world.move(self.thingsee_world.sensor(), _FULL if number < here else groups[number % places])

    def credential(self, entry: Entry) -> str | None:
        return self.thingsee_world.token if entry.route.security else None

    def path(self, entry: Entry) -> dict[str, str]:
        known = {"tuid": self.sensor, "groupid": _EMPTY if entry.route.name == "delete_group" else _FULL}
        return {part: value for part, value in known.items() if f"{{{part}}}" in entry.route.path}

    def body(self, entry: Entry) -> Any:
        own = {
            "create_client_token": {"client_id": self.thingsee_world.client.id, "client_secret": SECRET},
            "set_thing_group": {"group_id": _OTHER},
        }
        return own.get(entry.route.name) or super().body(entry)


profile = Profile(
    seeds=Thingsee,
    shape=Shape,
    refusals={**dict.fromkeys(REFUSALS, 400), "malformed path": 404},
    unknown={"tuid": "UNKNOWN00001", "groupid": "unknown"},
    budgets={"get_thing_group": 2, "get_thing": 2, "count_alerting_things": 2},
    further={
        "create_client_token": [{"body": {"client_id": "nobody", "client_secret": "-"}, "status": 401}],
        "list_thing_messages": [{"query": {"limit": "1", "eventid": "10"}}],
        "send_thing_commands": [{"path": {"tuid": _UNHEARD}}],
        "set_installation": [
            {"body": {"installation_status": "retired"}},
            {"body": {"installation_status": "installed"}},
            {"path": {"tuid": _GATEWAY}, "body": {"installation_status": "retired"}},
        ],
        "set_thing_group": [{"path": {"tuid": _GATEWAY}}, {"body": {"group_id": "unassigned"}}],
        "list_group_things": [{"path": {"groupid": "unassigned"}}],
    },
    credentials=(
        Credential("an unknown one", "thingsee", lambda seeds: {"key": f"{'A' * 12}.{'B' * 43}"}, _dead),
        Credential("one with another secret", "thingsee", lambda seeds: {"key": f"{seeds.thingsee_world.token[:-43]}{'B' * 43}"}, _dead),
        Credential("after 15 minutes", "thingsee", lambda seeds: {"key": seeds.thingsee_world.token}, _dead, after=timedelta(minutes=15)),
        Credential("after a month", "thingsee", lambda seeds: {"key": seeds.thingsee_world.token}, _dead, after=timedelta(days=31)),
        Credential("of a disabled client", "thingsee", _token({"enabled": False}), _dead),
        Credential("of an earlier secret", "thingsee", _token({"generation": 2}), _dead),
        Credential("of a client that only reads", "thingsee", _token({"read_only": True}), _if_it_reads, reads_only=True),
        Credential("of another organization", "thingsee", lambda seeds: {"key": ThingseeWorld.of(seeds.fleet).token}, _nothing),
    ),
)
