"""Exactly known costs: checks the meter on which the budgets of all routes rely."""

from __future__ import annotations

import pytest

from functions.wisdm.gateway.register import handler as register
from functions.wisdm.version.get import handler as get_version
from tests.harness.aws import aws_in_memory
from tests.harness.fleet import Fleet
from tests.suite.cost import Cost, cost
from tests.suite.world import World


def test_reading_the_key_and_its_last_use_alone_is_two_units_and_a_registration_writes_five_rows_in_a_transaction() -> None:
    with pytest.MonkeyPatch.context() as patch, aws_in_memory(patch):
        world = World.make(Fleet()).ready(get_version, register)
        assert cost(world, get_version) == Cost(requests=1, reads=2, writes=0)
        assert cost(world, register).writes >= 2 * 5
