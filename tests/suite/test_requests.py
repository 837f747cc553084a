"""A malformed request is refused with the dialect's status and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from edge.entry import Entry
from muster.entries import dialects
from tests.harness.recorder import Recorder
from tests.suite.dialect import REFUSALS, Refusal, profile
from tests.suite.outcomes import wrote
from tests.suite.routes import every_route, name, variables
from tests.suite.world import fresh

WITH_BODY = [entry for entry in every_route() if "body" in entry.route.shapes]
WITH_VARIABLES = [entry for entry in every_route() if variables(entry)]
BODIES: Mapping[bytes, Refusal] = {
    b"": "no JSON",
    b"{": "no JSON",
    b'{"a":NaN}': "no JSON",
    b"\xff": "no JSON",
    b'{"a":1,"a":2}': "duplicate member",
    b"[]": "wrong body",
    b"null": "wrong body",
    b'"text"': "wrong body",
    b"{}": "wrong body",
}
VALUES = ("-", "a b", "x" * 200, "../..", "ä", "%00")


@pytest.mark.parametrize("dialect", dialects())
def test_the_suite_knows_the_status_of_each_refusal(dialect: str) -> None:
    statuses = profile(dialect).refusals
    assert statuses.keys() == set(REFUSALS)
    assert all(400 <= status < 500 for status in statuses.values())


@pytest.mark.parametrize("entry", WITH_BODY, ids=name)
def test_a_bad_body_is_refused_and_changes_nothing(entry: Entry, aws_requests: Recorder) -> None:
    world = fresh().ready(entry)
    statuses = profile(entry.route.dialect).refusals
    large = b'{"name":"' + b"x" * entry.route.max_body + b'"}'
    for body, refusal in {**BODIES, large: "too large"}.items():
        aws_requests.clear()
        assert (world.call(entry, body=body).status, wrote(aws_requests)) == (statuses[refusal], False), body[:20]
    aws_requests.clear()
    plain = world.call(entry, headers={"Content-Type": "text/plain"})
    assert (plain.status, wrote(aws_requests)) == (statuses["media type"], False)


@pytest.mark.parametrize("entry", WITH_VARIABLES, ids=name)
def test_a_malformed_path_is_refused_and_changes_nothing(entry: Entry, aws_requests: Recorder) -> None:
    world = fresh().ready(entry)
    status = profile(entry.route.dialect).refusals["malformed path"]
    for variable in variables(entry):
        for value in VALUES:
            aws_requests.clear()
            answer = world.call(entry, path=world.of(entry).path(entry) | {variable: value})
            assert (answer.status, wrote(aws_requests)) == (status, False), (variable, value)
