"""Places for faults in the operator's commands: every one that writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from muster.operator import api_key, firmware, gateway, organization, thing, thingsee_client, user
from tests.faults.places import Operation, OperatorCommand, Place
from tests.harness.fleet import Fleet

_SN, _SENSOR, _GATEWAY, _CLIENT = "918100A1B2C3D4E502", "TSPD04A1B2C3D4E5", "TSGW02A1B2C3D4E5", "harbour-app"
Prepared = Callable[[str], Callable[[], object]]
"""Prepares a command for the organization with this slug."""


def operator() -> Iterator[Place]:
    """Every command that writes, in each of its variants."""
    yield Place("organization create", lambda _: OperatorCommand(lambda: organization.create("Harbour", "harbour")))
    yield _place("user create", lambda owner: lambda: user.create(owner, "Ada@example.com", administrator=True, totp=True))
    yield _place("api-key create", lambda owner: lambda: api_key.create(_key(owner)))
    yield _place("gateway provision", lambda owner: lambda: gateway.provision(_gateway_request(owner)))
    yield _place("firmware add", lambda _: lambda: firmware.add("RAK7268V2", "2.2.15", Path(__file__)))
    yield _place("thing provision, sensor", lambda owner: lambda: thing.provision(thing.ThingRequest(_SENSOR, owner, "sensor")))
    yield _place("thing provision, gateway", lambda owner: lambda: thing.provision(thing.ThingRequest(_GATEWAY, owner, "gateway")))
    yield _place("thing provision, known gateway", _provision_existing)
    yield _place("thingsee-client create", lambda owner: lambda: thingsee_client.create(owner, _CLIENT))
    yield _place("thingsee-client disable", _change_client(lambda: thingsee_client.disable(_CLIENT)))
    yield _place("thingsee-client enable", _change_client(lambda: thingsee_client.enable(_CLIENT), disabled=True))
    yield _place("thingsee-client rotate", _change_client(lambda: thingsee_client.rotate(_CLIENT)), again=True)


def _place(name: str, prepare_for: Prepared, again: bool = False) -> Place:
    def prepare(fleet: Fleet) -> Operation:
        return OperatorCommand(prepare_for(fleet.organization().slug), again)

    return Place(name, prepare)


def _key(owner: str) -> api_key.KeyRequest:
    return api_key.KeyRequest(organization=owner, name="deploy", access="READ_ONLY", days=30)


def _gateway_request(owner: str) -> gateway.GatewayRequest:
    return gateway.GatewayRequest(
        sn=_SN, eui="ac1f09fffe0a1b2d", model="RAK7268V2", mac="AC:1F:09:0A:1B:2D", organization=owner, share_logs="wisdm"
    )


def _provision_existing(owner: str) -> Callable[[], object]:
    """Provision a TUID for a gateway of the WisDM API."""
    gateway.provision(_gateway_request(owner))
    return lambda: thing.provision(thing.ThingRequest(_GATEWAY, owner, "gateway", sn=_SN))


def _change_client(command: Callable[[], object], disabled: bool = False) -> Prepared:
    """Change an existing client."""

    def prepare_for(owner: str) -> Callable[[], object]:
        thingsee_client.create(owner, _CLIENT)
        if disabled:
            thingsee_client.disable(_CLIENT)
        return command

    return prepare_for
