"""A route's declared grants are exactly those that it uses."""

from __future__ import annotations

import pytest

from edge.entry import Entry
from muster.entries import dialects
from tests.harness.aws import forget
from tests.harness.recorder import Recorder, differences
from tests.suite.dialect import profile
from tests.suite.outcomes import shown
from tests.suite.routes import every_route, name
from tests.suite.world import download_role, fresh


@pytest.mark.parametrize("entry", every_route(), ids=name)
def test_what_it_declares_is_what_it_asks_of_aws(entry: Entry, aws_requests: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOWNLOAD_ROLE", download_role())
    world = fresh().ready(entry)
    forget()
    aws_requests.clear()
    for arguments in [{}, *profile(entry.route.dialect).further.get(entry.route.name, ())]:
        expected = arguments.get("status", entry.route.status)
        changed = {name: value for name, value in arguments.items() if name != "status"}
        answer = world.call(entry, **changed)
        assert answer.status == expected, f"{shown(answer)} to {arguments}"
    assert differences(aws_requests.grants, entry.route.grants) == []


@pytest.mark.parametrize("dialect", dialects())
def test_what_is_said_of_a_route_is_of_one_that_exists(dialect: str) -> None:
    routes = {entry.route.name for entry in every_route() if entry.route.dialect == dialect}
    own = profile(dialect)
    assert {*own.further, *own.budgets, *own.refusals_by_route} - routes == set()
