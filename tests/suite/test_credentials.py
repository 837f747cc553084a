"""Every route refuses invalid credentials, and those without its permission."""

from __future__ import annotations

import pytest

from edge.entry import Entry
from tests.harness.recorder import Recorder
from tests.suite.outcomes import call_with, credentials, outcome_of, wrote
from tests.suite.routes import every_route, name
from tests.suite.world import fresh

GUARDED = [entry for entry in every_route() if entry.route.security]
OPEN = [entry for entry in every_route() if entry not in GUARDED]


def test_few_routes_are_open_to_anybody() -> None:
    """Only those that exchange a secret for a credential."""
    assert {entry.route.scope for entry in OPEN} == {"PUBLIC"}
    assert all("body" in entry.route.shapes and entry.route.method == "POST" for entry in OPEN)


@pytest.mark.parametrize("entry", GUARDED, ids=name)
class TestEveryGuardedRoute:
    def test_no_credential_is_refused(self, entry: Entry, aws_requests: Recorder) -> None:
        world = fresh()
        aws_requests.clear()
        assert outcome_of(entry, world.call(entry, key=None)) == "not authenticated"
        assert not wrote(aws_requests)

    def test_each_credential_that_is_not_in_force_is_refused(self, entry: Entry, aws_requests: Recorder) -> None:
        refused = [credential for credential, outcome in credentials(entry) if outcome == "not authenticated"]
        assert len(refused) >= 4, f"name four in tests/suite/{entry.route.dialect}.py that are not in force for this route"
        for credential in refused:
            answer, stored = call_with(entry, credential, aws_requests)
            assert (outcome_of(entry, answer), stored) == ("not authenticated", False), credential.name

    def test_each_other_credential_does_what_it_may(self, entry: Entry, aws_requests: Recorder) -> None:
        others = [(credential, outcome) for credential, outcome in credentials(entry) if outcome in ("good", "not allowed")]
        assert others, f"name one in tests/suite/{entry.route.dialect}.py that may do less, or something else"
        for credential, outcome in others:
            answer, stored = call_with(entry, credential, aws_requests)
            assert not (stored and credential.reads_only), credential.name
            writes = outcome == "good" and entry.route.method != "GET"
            assert (outcome_of(entry, answer), stored) == (outcome, writes), credential.name
