"""GET /media/joblogs/{name}. What holds for any link is in tests/contract/media/export."""

from __future__ import annotations

from functions.media.job_log.get import handler
from tests.harness.fleet import Fleet
from tests.suite.world import World


def test_a_good_call_is_answered(fleet: Fleet) -> None:
    world = World.make(fleet)
    answer = world.call(handler)
    assert answer.status == 302
    assert f"/joblogs/{world.of(handler).path(handler)['name']}?" in answer.headers["Location"]
