"""Whatever fails while the use of a credential is recorded, its call is answered as ever."""

from __future__ import annotations

from typing import get_args

import pytest

from edge.entry import Entry
from tests.faults.injector import DONE, FAULTS, REFUSED, Fault, Injector, PlannedFault
from tests.suite.dialect import records_use
from tests.suite.routes import name
from tests.suite.world import fresh

RECORD = "dynamodb.PutItem"
"""The call of AWS that records it, the second one of each route."""


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("entry", records_use(), ids=name)
def test_a_call_succeeds_whatever_happens_to_the_record_of_its_use(entry: Entry) -> None:
    for fault in get_args(Fault):
        if RECORD not in REFUSED.get(fault, (RECORD,)):
            continue
        world = fresh().unused(entry)
        with Injector({1: PlannedFault(fault, lasting=True)}) as injector:
            answer = world.call(entry)
        assert (answer.status, injector.calls[1], injector.hit) == (entry.route.status, RECORD, 1), fault


def test_every_fault_that_a_write_may_meet_is_tried() -> None:
    assert {*DONE, "throttled", "no connection", "conflict"} <= set(FAULTS)
    assert len(records_use()) > 20
