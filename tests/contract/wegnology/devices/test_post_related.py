"""POST /applications/{applicationId}/devices: gateways and systems that a new device names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.aws.writes import transact
from fleet.edits import create_device
from fleet.errors import Invalid
from fleet.identity import manage_organizations
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.tenancy.audit_entry import Author
from tests.contract.wegnology.application import Application, refusal
from tests.harness.interference import TRANSACTION, before_each_request, before_first_request
from tests.harness.recorder import Recorder

GATEWAY = "gatewayId must be the id of a gateway or edgeCompute device of this application"
PARENT = "parentId must be the id of a system of this application"
UNKNOWN = "65f0c0de00000000000000ff"


def change(before: Device, **fields: object) -> Device:
    """Store the next version of a device."""
    after = before.edited(datetime.now(UTC), **fields)
    transact(Devices.move_writes(EVERYWHERE, before, after))
    return after


def deleted(before: Device) -> None:
    change(before, deleted=datetime.now(UTC))


def test_gateways_and_edge_devices_speak_for_others(application: Application) -> None:
    for device in (application.gateway, application.edge):
        for kind in ("peripheral", "standalone", "embedded"):
            assert application.posted({"deviceClass": kind, "gatewayId": device.id.upper()})["gatewayId"] == device.id


def test_a_gateway_of_another_api_speaks_for_others(application: Application) -> None:
    fleet, owner = application.world.fleet, application.world.organization
    gateway = fleet.gateway(owner)
    id = fetch(EVERYWHERE, Devices.id_of("sn", gateway.sn))
    assert application.posted({"deviceClass": "peripheral", "gatewayId": id})["deviceClass"] == "peripheral"


def test_a_peripheral_needs_a_gateway_and_a_floating_device_has_none(application: Application) -> None:
    assert refusal(application.post({"deviceClass": "peripheral"}), 400) == "gatewayId is required for a peripheral"
    message = refusal(application.post({"deviceClass": "floating", "gatewayId": application.gateway.id}), 400)
    assert message.startswith("gatewayId is not for a floating device")


def test_what_is_no_gateway_is_400(application: Application, other: Application) -> None:
    floating, embedded = (application.world.device(kind, device_class=kind) for kind in ("floating", "embedded"))
    for id in (UNKNOWN, application.hall.id, floating.id, embedded.id, application.world.device().id, other.gateway.id):
        assert refusal(application.post({"gatewayId": id}), 400, id) == GATEWAY
    deleted(application.gateway)
    assert refusal(application.post({"gatewayId": application.gateway.id}), 400) == GATEWAY


def test_what_is_no_system_is_400(application: Application, other: Application) -> None:
    for id in (UNKNOWN, application.gateway.id, application.world.device().id, other.hall.id):
        assert refusal(application.post({"parentId": id}), 400, id) == PARENT
    deleted(application.north)
    assert refusal(application.post({"parentId": application.north.id}), 400) == PARENT


def test_who_reaches_both_applications_may_not_mix_them(application: Application, other: Application) -> None:
    for fields in ({"parent": other.hall.id}, {"wegnology": {"gateway": other.gateway.id}}):
        with pytest.raises(Invalid):
            create_device.create(EVERYWHERE, application.id, {"name": "Pump 7", **fields}, datetime.now(UTC))


def test_nothing_is_stored_when_it_is_refused(application: Application, aws_requests: Recorder) -> None:
    application.posted()
    aws_requests.clear()
    for members in ({"parentId": UNKNOWN}, {"gatewayId": UNKNOWN}, {"deviceClass": "peripheral"}, {"name": ""}):
        refusal(application.post(members), 400)
    assert set(aws_requests.requests) == {"dynamodb:BatchGetItem"}


def test_ancestors_are_the_systems_above(application: Application) -> None:
    inner = application.posted({"deviceClass": "system", "parentId": application.north.id.upper()})
    above = [application.hall.id, application.north.id]
    assert (inner["parentId"], inner["ancestorIds"]) == (application.north.id, above)
    assert application.posted({"parentId": inner["id"]})["ancestorIds"] == [*above, inner["id"]]
    assert application.posted({"parentId": application.hall.id})["ancestorIds"] == [application.hall.id]


def test_a_thousand_systems_above_are_as_many_as_there_may_be(application: Application) -> None:
    deep = change(application.north, ancestors=tuple(f"{number:024x}" for number in range(999)))
    assert len(application.posted({"parentId": deep.id})["ancestorIds"]) == 1000
    deeper = change(deep, ancestors=tuple(f"{number:024x}" for number in range(1000)))
    assert refusal(application.post({"parentId": deeper.id}), 400).startswith("parentId must be a system with fewer than 1000 systems")


Meanwhile = tuple[str, Callable[[Application], object], str]
MEANWHILE: list[Meanwhile] = [
    ("the parent is deleted", lambda of: deleted(of.north), PARENT),
    ("the parent is no system any more", lambda of: change(of.north, device_class="standalone"), PARENT),
    ("the gateway is deleted", lambda of: deleted(of.gateway), GATEWAY),
    ("the gateway is no gateway any more", lambda of: change(of.gateway, device_class="standalone"), GATEWAY),
]


@pytest.mark.parametrize(("what", "do", "message"), MEANWHILE, ids=lambda value: value if isinstance(value, str) else "")
def test_what_changes_meanwhile_counts(application: Application, what: str, do: Callable[[Application], object], message: str) -> None:
    members = {"deviceClass": "peripheral", "gatewayId": application.gateway.id, "parentId": application.north.id}
    with before_first_request(TRANSACTION, lambda: do(application)):
        assert refusal(application.post(members), 400, what) == message


def test_a_parent_that_moves_meanwhile_takes_the_device_along(application: Application) -> None:
    with before_first_request(TRANSACTION, lambda: change(application.north, parent=None, ancestors=())):
        assert application.posted({"parentId": application.north.id})["ancestorIds"] == [application.north.id]


def test_a_parent_that_changes_each_time_is_429(application: Application) -> None:
    state = [application.north]

    def again() -> None:
        if not acting:
            acting.append(True)
            state[0] = change(state[0], notes=f"{state[0].version}")
            acting.clear()

    acting: list[bool] = []
    with before_each_request(TRANSACTION, again):
        answer = application.post({"parentId": application.north.id})
    assert refusal(answer, 429)
    assert answer.headers["Retry-After"]


def test_an_organization_that_is_disabled_meanwhile_is_401(application: Application) -> None:
    by = Author(actor="ada", at=datetime.now(UTC))
    with before_first_request(TRANSACTION, lambda: manage_organizations.set_active(EVERYWHERE, application.id, False, by)):
        refusal(application.post({}), 401)
