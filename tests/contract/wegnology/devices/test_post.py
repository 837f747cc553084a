"""POST /applications/{applicationId}/devices."""

from __future__ import annotations

from functions.wegnology.devices.post import handler
from tests.harness.fleet import Fleet
from tests.suite.world import World


def test_a_good_call_is_answered(fleet: Fleet) -> None:
    world = World.make(fleet)
    answer = world.call(handler)
    assert answer.status == 201, answer.content
