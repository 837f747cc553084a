"""The WEGnology API: an application with tokens, and the devices that its routes are called with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from edge.entry import Entry
from edge.route import Route
from edge.shape import Closed
from fleet.access import EVERYWHERE
from fleet.tenancy.audit_entry import Author
from fleet.tenancy.organization import Organization
from fleet.tokens import manage_access_tokens
from fleet.tokens.scopes import allows
from tests.harness.fleet import Fleet
from tests.harness.wegnology_world import WegnologyWorld, new_token
from tests.suite.dialect import REFUSALS, Arguments, Credential, Outcome, Profile, Seeds

_MONTH = timedelta(days=31)


class Wegnology(Seeds):
    """An application with a gateway, a system with a system in it, and a device in that."""

    def __init__(self, fleet: Fleet, organization: Organization, *, repeatable: bool = False) -> None:
        super().__init__(fleet, organization)
        self.world = WegnologyWorld.of(fleet, organization)
        self.gateway = self.world.device("Hall gateway", device_class="gateway")
        self.system = self.world.device("Hall", device_class="system")
        self.inner = self.world.device("Hall north", device_class="system", parent=self.system.id)
        self.pump = self.world.device(
            parent=self.inner.id, tags=({"key": "hall", "value": "north"},), attributes=({"name": "flow", "data_type": "number"},)
        )

    def credential(self, entry: Entry) -> str | None:
        return self.world.token

    def path(self, entry: Entry) -> dict[str, str]:
        of_device = {"deviceId": self.pump.id} if "{deviceId}" in entry.route.path else {}
        return {"applicationId": self.organization.id, **of_device}

    def body(self, entry: Entry) -> Any:
        own: dict[str, Any] = {"post_device": {"deviceClass": "peripheral", "gatewayId": self.gateway.id, "parentId": self.inner.id}}
        example = super().body(entry)
        return example if example is None else example | own.get(entry.route.name, {})

    def surround(self, total: int, here: int, places: int) -> None:
        for number in range(total):
            self.world.device(f"Pump {number}", parent=self.inner.id if number < here else None)


def _dead(route: Route) -> Outcome:
    return "not authenticated"


def _nothing(route: Route) -> Outcome:
    return "finds nothing"


def _by(*scopes: str) -> Callable[[Route], Outcome]:
    return lambda route: "good" if allows(route.scope, frozenset(scopes)) else "not allowed"


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
    budgets={"send_device_state": 4, "get_device_commands": 2},
    further={},
    credentials=(
        Credential("an unknown one", "wegnology", lambda seeds: {"key": f"{'a' * 24}.{'B' * 43}"}, _dead),
        Credential("one with another secret", "wegnology", lambda seeds: {"key": f"{seeds.world.token[:-43]}{'B' * 43}"}, _dead),
        Credential("no token at all", "wegnology", lambda seeds: {"key": "-"}, _dead),
        Credential("an expired one", "wegnology", _with(days=30), _dead, after=_MONTH),
        Credential("a revoked one", "wegnology", _revoked, _dead),
        Credential("one that reads", "wegnology", _with("all.Application.read"), _by("all.Application.read"), reads_only=True),
        Credential("of one action", "wegnology", _with("devices.tagKeys"), _by("devices.tagKeys")),
        Credential("of a device", "wegnology", _of_a_device, _by("all.Device")),
        Credential("of another organization", "wegnology", lambda seeds: {"key": WegnologyWorld.of(seeds.fleet).token}, _nothing),
    ),
)
