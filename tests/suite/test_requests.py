"""A malformed request is refused with the dialect's status and changes nothing, or is accepted where the dialect says so."""

from __future__ import annotations

import pytest

from edge.entry import Entry
from edge.route import MOST_BODY
from muster.entries import dialects
from tests.harness.call import Response, sent_as, serve
from tests.harness.recorder import Recorder
from tests.suite.dialect import REFUSALS, profile
from tests.suite.outcomes import wrote
from tests.suite.refusals import Calling, check, check_bodies
from tests.suite.routes import every_route, name, variables
from tests.suite.world import fresh

WITH_BODY = [entry for entry in every_route() if "body" in entry.route.shapes]
WITH_VARIABLES = [entry for entry in every_route() if variables(entry)]
BROKEN = ("%", "%4", "%zz", "%FF", "%C3", "%ED%A0%80")
"""Path values that are no percent-encoded text in UTF-8."""
VALUES = ("-", "a b", "x" * 200, "../..", "ä", "%00")


def calling(entry: Entry, aws_requests: Recorder) -> Calling:
    """Each call is made in a restored world, as a request that is accepted may change it."""

    def call(**changed: object) -> tuple[Response, bool]:
        world = fresh().ready(entry)
        aws_requests.clear()
        return world.call(entry, **changed), wrote(aws_requests)

    return call


@pytest.mark.parametrize("dialect", dialects())
def test_the_suite_knows_the_status_of_each_refusal(dialect: str) -> None:
    file, own = f"tests/suite/{dialect}.py", profile(dialect)
    assert own.refusals.keys() == set(REFUSALS), f"{file}: `refusals` names each kind of bad request once"
    statuses = [status for kinds in (own.refusals, *own.refusals_by_route.values()) for status in kinds.values() if status is not None]
    assert all(400 <= status < 500 for status in statuses), f"{file}: `refusals` are 4xx, or None for what is accepted"


@pytest.mark.parametrize("entry", WITH_BODY, ids=name)
def test_a_bad_body_is_refused_and_changes_nothing(entry: Entry, aws_requests: Recorder) -> None:
    check_bodies(profile(entry.route.dialect), entry, fresh().of(entry).body(entry), calling(entry, aws_requests))


@pytest.mark.parametrize("entry", WITH_VARIABLES, ids=name)
def test_a_malformed_path_is_refused_and_changes_nothing(entry: Entry, aws_requests: Recorder) -> None:
    known = fresh().of(entry).path(entry)
    for variable in variables(entry):
        for value in VALUES:
            changed = {"path": known | {variable: value}}
            check(profile(entry.route.dialect), entry, "malformed path", changed, calling(entry, aws_requests))


@pytest.mark.parametrize("entry", WITH_VARIABLES, ids=name)
def test_an_encoded_path_is_that_of_its_characters(entry: Entry, cloud: dict[str, str]) -> None:
    """The harness encodes every character; this one call encodes none, and the answers are the same."""
    encoded = fresh().ready(entry).call(entry)
    world = fresh().ready(entry)
    plain = serve(entry, sent_as(world.event(entry), **world.of(entry).path(entry)))
    assert encoded.status == plain.status == entry.route.status


@pytest.mark.parametrize("entry", WITH_VARIABLES, ids=name)
def test_a_path_that_is_no_text_is_400_in_every_api(entry: Entry, aws_requests: Recorder) -> None:
    world = fresh().ready(entry)
    for variable in variables(entry):
        for value in BROKEN:
            aws_requests.clear()
            answer = serve(entry, sent_as(world.event(entry), **{variable: value}))
            assert (answer.status, wrote(aws_requests)) == (400, False), value
            assert variable in answer.content.decode(), value


@pytest.mark.parametrize("entry", [entry for entry in WITH_BODY if entry.route.max_body < MOST_BODY], ids=name)
def test_an_event_that_lambda_does_not_take_never_gets_to_the_route(entry: Entry, aws_requests: Recorder) -> None:
    """Base64 counts: 4.7 MB of a body are more than 6 MB of an event."""
    world = fresh().ready(entry)
    aws_requests.clear()
    assert world.call(entry, body=b" " * 4_720_000).status == 413
    assert aws_requests.requests == []
