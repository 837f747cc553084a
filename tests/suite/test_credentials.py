"""Every route refuses invalid credentials, and those without its permission."""

from __future__ import annotations

import pytest

from edge.entry import Entry
from tests.harness.recorder import Recorder
from tests.suite.outcomes import call_with, credentials, outcome_of, scheme_of, shown, wrote
from tests.suite.routes import every_route, name
from tests.suite.world import fresh

GUARDED = [entry for entry in every_route() if entry.route.security]
OPEN = [entry for entry in every_route() if entry not in GUARDED]


def test_few_routes_are_open_to_anybody() -> None:
    """Only those that exchange a secret for a credential, and those that a link leads to, which is a secret itself."""
    assert {entry.route.scope for entry in OPEN} == {"PUBLIC"}
    linked = [entry for entry in OPEN if entry.route.method == "GET"]
    assert all("s" in entry.route.shapes["query"].model_fields for entry in linked)
    assert all("body" in entry.route.shapes and entry.route.method == "POST" for entry in OPEN if entry not in linked)


@pytest.mark.parametrize("entry", [entry for entry in OPEN if entry.route.method == "GET"], ids=name)
def test_what_is_open_to_a_link_finds_nothing_without_its_hash(entry: Entry, aws_requests: Recorder) -> None:
    world = fresh()
    good = (world.of(entry).query(entry) or {})["s"]
    for query in (None, {"s": ""}, {"s": "A" * 43}, {"s": good[:-1]}, {"s": f"{good}A"}, {"s": "ü"}, {"S": good}):
        aws_requests.clear()
        answer = world.call(entry, query=query)
        assert (answer.status, aws_requests.requests) == (404, []), f"{query}: {shown(answer)}"


@pytest.mark.parametrize("entry", GUARDED, ids=name)
class TestEveryGuardedRoute:
    def test_no_credential_is_refused(self, entry: Entry, aws_requests: Recorder) -> None:
        world = fresh()
        aws_requests.clear()
        answer = world.call(entry, key=None)
        assert outcome_of(entry, answer) == "not authenticated", shown(answer)
        assert not wrote(aws_requests)

    def test_each_credential_that_is_not_in_force_is_refused(self, entry: Entry, aws_requests: Recorder) -> None:
        refused = [credential for credential, outcome in credentials(entry) if outcome == "not authenticated"]
        file, names = f"tests/suite/{entry.route.dialect}.py", [credential.name for credential in refused]
        assert len(refused) >= 4, f"{file}: name four in `credentials` {scheme_of(entry)} that are not in force, not only {names}"
        for credential in refused:
            answer, stored = call_with(entry, credential, aws_requests)
            assert (outcome_of(entry, answer), stored) == ("not authenticated", False), f"{credential.name}: {shown(answer)}"

    def test_each_other_credential_does_what_it_may(self, entry: Entry, aws_requests: Recorder) -> None:
        others = [(credential, outcome) for credential, outcome in credentials(entry) if outcome in ("good", "not allowed")]
        file = f"tests/suite/{entry.route.dialect}.py"
        assert others, f"{file}: name one in `credentials` {scheme_of(entry)} that may do less, or something else"
        for credential, outcome in others:
            answer, stored = call_with(entry, credential, aws_requests)
            assert not (stored and credential.reads_only), f"{credential.name}: {shown(answer)}"
            writes = outcome == "good" and entry.route.method != "GET"
            assert (outcome_of(entry, answer), stored) == (outcome, writes), f"{credential.name}: {shown(answer)}"
