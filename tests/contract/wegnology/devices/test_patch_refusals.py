"""PATCH /applications/{applicationId}/devices: what is refused, and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from functions.wegnology.devices.delete import handler as delete_devices
from functions.wegnology.devices.patch import handler
from tests.harness.call import Response
from tests.harness.fleet import Fleet
from tests.harness.wegnology_world import WegnologyWorld, stored

RENAMED = {"updateFields": {"name": "Valve"}}


def patch(world: WegnologyWorld, body: Any, token: str | None = None) -> Response:
    return world.ask(handler, body, token=token)


def operation(kind: str, target: str, **members: Any) -> dict[str, Any]:
    return {"operation": kind, "target": target, **members}


class TestInput:
    @pytest.mark.parametrize(
        ("body", "named"),
        [
            (None, "deviceIds"),
            ({}, "deviceIds"),
            ({"query": {}}, "updateFields"),
            (RENAMED, "deviceIds"),
            ({"query": {}, "deviceIds": [], **RENAMED}, "deviceIds"),
            ({"query": {}, "updateOperations": [], **RENAMED}, "updateFields"),
            ({"deviceIds": ["x"], **RENAMED}, "deviceIds"),
            ({"deviceIds": ["65f0c0de00000000000000ff"] * 1001, **RENAMED}, "deviceIds"),
            ({"deviceIds": None, **RENAMED}, "deviceIds"),
            ({"query": None, **RENAMED}, "query"),
            ({"query": [], **RENAMED}, "query"),
            ({"query": {"colour": "blue"}, **RENAMED}, "colour"),
            ({"query": {}, "colour": "blue", **RENAMED}, "colour"),
            ({"query": {}, "updateFields": {"colour": "blue"}}, "colour"),
            ({"query": {}, "updateFields": {"name": ""}}, "name"),
            ({"query": {}, "updateFields": {"gatewayId": None}}, "gatewayId"),
            ({"query": {}, "updateFields": {"gatewayId": "65f0c0de00000000000000ff"}}, "gatewayId"),
            ({"query": {}, "updateFields": {"parentId": "65f0c0de00000000000000ff"}}, "parentId"),
            ({"query": {}, "updateOperations": [operation("set", "parentId", value=None)]}, "value"),
            ({"query": {}, "updateOperations": [operation("set", "colour", value="blue")]}, "updateOperations"),
            ({"query": {}, "updateOperations": [operation("remove", "name")]}, "updateOperations"),
            ({"query": {}, "updateOperations": [operation("remove", "description")] * 26}, "updateOperations"),
            ({"query": {}, "updateOperations": [operation("remove", "description")] * 2}, "updateOperations.1"),
            ({"query": {}, **RENAMED, "email": "ada"}, "email"),
            ({"query": {}, **RENAMED, "callbackUrl": "http://127.0.0.1/"}, "callbackUrl"),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_is_changed(self, world: WegnologyWorld, body: Any, named: str) -> None:
        pump = world.device("Pump")
        answer = patch(world, body)
        assert (answer.status, answer.json["type"]) == (400, "Validation")
        assert named in answer.json["message"]
        assert stored(pump) == pump

    def test_a_gateway_or_parent_of_another_class_deleted_or_foreign_is_400(self, world: WegnologyWorld, fleet: Fleet) -> None:
        pump, other = world.device("Pump"), WegnologyWorld.of(fleet)
        gone = world.device("Gone", device_class="system")
        world.ask(delete_devices, {"query": {"id": gone.id}})
        wrong = [pump.id, gone.id, other.device(device_class="system").id, other.device(device_class="gateway").id]
        for member in ("parentId", "gatewayId"):
            for id in wrong:
                answer = patch(world, {"query": {}, "updateFields": {member: id}})
                assert (answer.status, member in answer.json["message"]) == (400, True), (member, id)
        assert stored(pump) == pump

    @pytest.mark.parametrize("scope", ["all.Application.read", "all.Device", "devices.post"])
    def test_a_token_without_the_scope_is_403(self, world: WegnologyWorld, scope: str) -> None:
        assert patch(world, {"query": {}, **RENAMED}, world.token_of(scope)).status == 403

    def test_another_application_is_not_found(self, world: WegnologyWorld, fleet: Fleet) -> None:
        assert patch(world, {"query": {}, **RENAMED}, WegnologyWorld.of(fleet).token).status == 404
