"""A route's declared grants are exactly those that it uses."""

from __future__ import annotations

import pytest

from edge.entry import Entry
from fleet.grants import Grant
from muster.entries import dialects
from tests.harness.recorder import Recorder, differences
from tests.suite.dialect import profile
from tests.suite.probes import PROBES
from tests.suite.recorded import use
from tests.suite.routes import every_route, name
from tests.suite.world import download_role

PROBED = {entry.route.name: entry for entry in every_route() if entry.route.name in {probe.route for probe in PROBES}}


@pytest.mark.parametrize("entry", every_route(), ids=name)
def test_what_it_declares_is_what_it_asks_of_aws(entry: Entry, aws_requests: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DOWNLOAD_ROLE", "MEDIA_ROLE"):
        monkeypatch.setenv(variable, download_role(variable))
    use(entry, aws_requests)
    assert differences(aws_requests.grants, entry.route.grants) == []
    for grant in entry.route.grants:
        told = differences(aws_requests.grants, entry.route.grants - {grant})
        assert told, f"{grant} is nothing that another grant does not cover"
        assert all(text.startswith(f"not declared: {grant.resource} {grant.action}") for text in told)


def test_a_pattern_less_is_told_of_its_route_alone(aws_requests: Recorder) -> None:
    """The probes that tests/cloud/test_grants.py makes where policies are enforced."""
    used: dict[str, set[Grant]] = {}
    for entry in PROBED.values():
        use(entry, aws_requests)
        used[entry.route.name] = set(aws_requests.grants)
    for probe in PROBES:
        granted = {name: entry.route.grants for name, entry in PROBED.items()}
        granted[probe.route] -= {Grant("FleetTable", probe.action, probe.pattern)}
        told = {name: differences(used[name], granted[name]) for name in PROBED}
        lacking = told.pop(probe.route)
        assert lacking
        assert all(text.startswith(f"not declared: FleetTable {probe.action} {probe.begins}") for text in lacking), probe
        assert not any(told.values()), probe


@pytest.mark.parametrize("dialect", dialects())
def test_what_is_said_of_a_route_is_of_one_that_exists(dialect: str) -> None:
    routes = {entry.route.name for entry in every_route() if entry.route.dialect == dialect}
    own = profile(dialect)
    assert {*own.further, *own.budgets, *own.refusals_by_route} - routes == set()
