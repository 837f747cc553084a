"""The WEGnology API: an application with tokens, and the devices that its routes are called with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from edge.entry import Entry
from edge.route import Route
from edge.shape import Closed
from fleet.access import EVERYWHERE
from fleet.aws.backoff import Clock, within_budget
from fleet.directory.segments import Segment, Spine
from fleet.lifecycle import retire
from fleet.registry import device_row, edit_device, manage_groups
from fleet.telemetry.device_state import StateReport
from fleet.telemetry.device_states import DeviceStates
from fleet.tenancy.audit_entry import Author
from fleet.tenancy.organization import Organization
from fleet.tokens import manage_access_tokens
from fleet.tokens.scopes import allows
from tests.harness.aws import put
from tests.harness.fleet import Fleet
from tests.harness.thingsee_world import ThingseeWorld
from tests.harness.wegnology_world import WegnologyWorld, new_token
from tests.suite.dialect import REFUSALS, Arguments, Credential, Meeting, Outcome, Profile, Seeds
from tests.suite.routes import variables

_MONTH = timedelta(days=31)
_CONNECTED = '{"connectionStatus": "connected"}'
_BY_CONNECTION = {"sortField": "connectionStatus"}
_FORCED = {"body": {"query": {"name": "Nobody"}, "forceJob": True}, "status": 202}
_REPORTING = '{"attributeName": "flow"}'
_ALL = {"connectionStatus": {"$ne": "unknown"}}
_COMMAND = {"name": "open", "deviceQuery": _ALL}
_OF_GATEWAY = {"operation": "set", "target": "gatewayId"}
_NAME_OF = {"operation": "set", "target": "attributeName"}
_PATCHES: Sequence[Mapping[str, Any]] = (
    {"query": _ALL, "updateFields": {"description": "North hall"}},
    {"query": {"attributeName": "flow"}, "updateOperations": [{**_NAME_OF, "attributeName": "flow", "value": "rate"}]},
    {"query": {"name": "Hall north"}, "updateOperations": [{"operation": "remove", "target": "parentId"}]},
)
"""What a patch of one device does not reach: other APIs' rows, stored state, and systems."""
_NAMES = ("get_attribute_names", "get_device_names", "get_tag_keys", "get_tag_values")
_LISTS = ("get_devices", "get_composite_state", *_NAMES)


class Wegnology(Seeds):
    """An application with a gateway, a system with a system in it, and a device in that."""

    def __init__(self, fleet: Fleet, organization: Organization, *, repeatable: bool = False) -> None:
        super().__init__(fleet, organization)
        self.world = WegnologyWorld.of(fleet, organization)
        self.gateway = self.world.device("Hall gateway", device_class="gateway")
        self.system = self.world.device("Hall", device_class="system")
        self.inner = self.world.device("Hall north", device_class="system", parent=self.system.id)
        self.pump = self.world.device(
            parent=self.inner.id,
            tags=({"key": "hall", "value": "north"},),
            attributes=({"name": "flow", "data_type": "number"}, {"name": "note", "data_type": "string"}),
        )
        fleet.gateway(organization, name="Hall uplink")
        fleet.gateway(organization, fleet.location(organization), name="Pier uplink")
        self._things(fleet, organization)
        now = int(time.time() * 1000)
        DeviceStates.add(EVERYWHERE, organization.id, self.pump.id, [StateReport(now, now * 1000, {"flow": 17.5, "note": "n" * 600}, 1)])

    def _things(self, fleet: Fleet, organization: Organization) -> None:
        """Two things in a group, not installed: one with an alert, and one that is deleted, as is a device of a system."""
        things = ThingseeWorld.of(fleet, organization)
        group = manage_groups.create(EVERYWHERE, organization.id, "pier", "")
        for name in ("Pier crane", "Pier winch"):
            tuid = things.gateway()
            things.lose(tuid)
            edit_device.move_to_group(EVERYWHERE, things.thing(tuid).id, group, datetime.now(UTC))
            edit_device.rename(EVERYWHERE, things.thing(tuid).id, name, datetime.now(UTC))
        for deleted in (things.thing(tuid).id, self.world.device("Pump 6", parent=self.inner.id).id):
            retire.retire(EVERYWHERE, deleted, datetime.now(UTC))

    def credential(self, entry: Entry) -> str | None:
        return self.world.token

    def path(self, entry: Entry) -> dict[str, str]:
        known = {"applicationId": self.organization.id, "deviceId": self.pump.id}
        return {name: known[name] for name in variables(entry)}

    def body(self, entry: Entry) -> Any:
        own: dict[str, Any] = {
            "post_device": {"deviceClass": "peripheral", "gatewayId": self.gateway.id, "parentId": self.inner.id},
            "delete_devices": {"query": {"id": self.gateway.id}},
            "patch_devices": {"query": {"id": self.pump.id}, "updateOperations": [{**_OF_GATEWAY, "value": self.gateway.id}]},
            "restore_devices": {"query": {"name": "Pump 6"}},
        }
        return super().body(entry) | own[entry.route.name] if entry.route.name in own else super().body(entry)

    def query(self, entry: Entry) -> Mapping[str, str | Sequence[str]] | None:
        """The state is that of the device that has reported some, however many there are."""
        return {"query": _REPORTING} if entry.route.name == "get_composite_state" else super().query(entry)

    def surround(self, total: int, here: int, places: int) -> None:
        for number in range(total):
            self.world.device(f"Pump {number}", parent=self.inner.id if number < here else None)


@contextmanager
def folded(seeds: Wegnology) -> Iterator[None]:
    """Have the directories name segments that are gone, as they are for an instant for somebody who reads them during a fold."""
    spine = {"generation": {"N": "1"}, "packed": {"B": Spine(1, "~", (Segment("gone", "", 1),)).packed()}}
    keys = [directory.key(seeds.organization.id) for directory in device_row.DIRECTORIES]
    put("FleetTable", [{"pk": {"S": pk}, "sk": {"S": sk}, **spine} for pk, sk in keys])
    with within_budget(Clock(wait=lambda seconds: None)):
        yield


@contextmanager
def _crowded(seeds: Wegnology) -> Iterator[None]:
    """Have each device be one more than a request may be about."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WEGNOLOGY_SYNC_LIMIT", "0")
        yield


def _meeting_a_fold(*queries: Arguments) -> Sequence[Meeting]:
    return [Meeting(folded, [{"query": query, "status": 429} for query in queries])]


def _dead(route: Route) -> Outcome:
    return "not authenticated"


def _nothing(route: Route) -> Outcome:
    return "finds nothing"


def _by(*scopes: str) -> Callable[[Route], Outcome]:
    return lambda route: "good" if allows(route.scope, frozenset(scopes)) else "not allowed"


def _reads(exports: bool) -> Callable[[Route], Outcome | None]:
    """What comes of the routes that export, which store a job, or of all others, for who reads only."""
    by = _by("all.Application.read")
    return lambda route: by(route) if (route.scope in ("export", "payloadCounts")) == exports else None


def _with(*scopes: str, **settings: Any) -> Callable[[Wegnology], Arguments]:
    return lambda seeds: {"key": seeds.world.token_of(*scopes, **settings)}


def _revoked(seeds: Wegnology) -> Arguments:
    token, text = new_token(seeds.organization)
    manage_access_tokens.revoke(EVERYWHERE, seeds.organization.id, token.id, Author(actor="ada", at=datetime.now(UTC)))
    return {"key": text}


def _of_a_device(seeds: Wegnology) -> Arguments:
    return {"key": seeds.world.token_of("all.Device", device=seeds.pump.id)}


profile = Profile(
    seeds=Wegnology,
    shape=Closed,
    refusals={**dict.fromkeys(REFUSALS, 400), "malformed path": 404, "duplicate member": None, "too large": 413, "media type": None},
    unknown={"applicationId": "65f0c0de00000000000000ff", "deviceId": "65f0c0de00000000000000fe"},
    budgets={
        "send_device_state": 4,
        "get_device_commands": 2,
        "get_devices": 3,
        "get_composite_state": 4,
        **dict.fromkeys(_NAMES, 2),
        "patch_devices": 7,
        "restore_devices": 5,
        "send_device_command": 5,
        "delete_devices": 4,
    },
    further={
        "get_devices": [{"query": {"sortField": "id"}}, {"query": {"queryDeleted": "true"}}, {"query": _BY_CONNECTION}],
        "get_composite_state": [{"query": {"end": "-86400000"}}, {"query": _BY_CONNECTION}],
        **{name: [{"query": {"query": _CONNECTED}}] for name in ("get_attribute_names", "get_device_names", "get_tag_keys")},
        "get_tag_values": [{"query": {"query": _CONNECTED, "key": "hall"}}],
        **{name: [{"body": {"query": {"connectionStatus": None}}}, _FORCED] for name in ("delete_devices", "restore_devices")},
        "patch_devices": [{"body": body} for body in _PATCHES],
        "send_device_command": [{"body": _COMMAND}],
    },
    meetings={
        "get_devices": _meeting_a_fold({}, {"queryDeleted": "true"}),
        **dict.fromkeys(("get_attribute_names", "get_composite_state", "get_device_names", "get_tag_keys"), _meeting_a_fold({})),
        "get_tag_values": _meeting_a_fold({"key": "hall"}),
        **{name: [Meeting(folded, [{"body": {"query": {}}, "status": 429}])] for name in ("delete_devices", "restore_devices")},
        "patch_devices": [Meeting(folded, [{"body": _PATCHES[0], "status": 429}])],
        "send_device_command": [
            Meeting(_crowded, [{"body": _COMMAND, "status": 202}]),
            Meeting(folded, [{"body": _COMMAND, "status": 429}]),
        ],
    },
    grow=frozenset((*_LISTS, "delete_devices", "restore_devices", "patch_devices", "send_device_command")),
    refusals_by_route={name: {"no body": None, "empty object": None} for name in ("export_devices", "export_payload_counts")},
    credentials=(
        Credential("an unknown one", "wegnology", lambda seeds: {"key": f"{'a' * 24}.{'B' * 43}"}, _dead),
        Credential("one with another secret", "wegnology", lambda seeds: {"key": f"{seeds.world.token[:-43]}{'B' * 43}"}, _dead),
        Credential("no token at all", "wegnology", lambda seeds: {"key": "-"}, _dead),
        Credential("an expired one", "wegnology", _with(days=30), _dead, after=_MONTH),
        Credential("a revoked one", "wegnology", _revoked, _dead),
        Credential("one that reads", "wegnology", _with("all.Application.read"), _reads(exports=False), reads_only=True),
        Credential("one that reads, for exports", "wegnology", _with("all.Application.read"), _reads(exports=True)),
        Credential("of one action", "wegnology", _with("devices.tagKeys"), _by("devices.tagKeys")),
        Credential("of a device", "wegnology", _of_a_device, _by("all.Device")),
        Credential("of another organization", "wegnology", lambda seeds: {"key": WegnologyWorld.of(seeds.fleet).token}, _nothing),
    ),
)
