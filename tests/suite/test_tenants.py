"""Objects of other organizations can be neither seen nor changed, and unknown ones are not found."""

from __future__ import annotations

import pytest

from edge.entry import Entry
from fleet.ids import to_uuid
from tests.harness.recorder import Recorder
from tests.suite.dialect import profile
from tests.suite.outcomes import call_with, check_not_found, credentials, outcome_of, scheme_of, shown, wrote
from tests.suite.routes import every_route, name, variables
from tests.suite.world import fresh

GUARDED = [entry for entry in every_route() if entry.route.security]
NAMING = [entry for entry in every_route() if any(profile(entry.route.dialect).unknown[each] for each in variables(entry))]
"""Routes whose path names something stored."""


@pytest.mark.parametrize("entry", GUARDED, ids=name)
def test_another_organization_finds_nothing(entry: Entry, aws_requests: Recorder) -> None:
    foreign = [credential for credential, outcome in credentials(entry) if outcome == "finds nothing"]
    assert foreign, f"tests/suite/{entry.route.dialect}.py: name one in `credentials` {scheme_of(entry)} that is of another organization"
    for credential in foreign:
        answer, stored = call_with(entry, credential, aws_requests)
        if variables(entry):
            assert (outcome_of(entry, answer), stored) == ("finds nothing", False), f"{credential.name}: {shown(answer)}"
        else:
            assert outcome_of(entry, answer) == "good", f"{credential.name}: {shown(answer)}"
            organization, text = fresh().organization, answer.content.decode()
            assert to_uuid(organization.id) not in text
            assert f'"{organization.name}"' not in text


@pytest.mark.parametrize("entry", NAMING, ids=name)
def test_what_is_not_there_is_not_found(entry: Entry, aws_requests: Recorder) -> None:
    world = fresh()
    for variable in variables(entry):
        if value := profile(entry.route.dialect).unknown[variable]:
            aws_requests.clear()
            answer = world.call(entry, path=world.of(entry).path(entry) | {variable: value})
            check_not_found(entry, variable, answer, wrote(aws_requests))
