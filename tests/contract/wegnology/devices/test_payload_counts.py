"""POST /applications/{applicationId}/devices/payloadCounts: what is asked of it; the file is tested with the job."""

from __future__ import annotations

from typing import Any

import pytest

from functions.wegnology.devices.payload_counts import handler
from tests.contract.wegnology.application import BEYOND, MS, Application, refusal
from tests.harness.call import Response
from tests.harness.jobs import job, letters, queued

LAST = 253_402_300_799_000
"""The Unix ms of the last second of the year 9999."""
pytestmark = pytest.mark.usefixtures("clock")


def counts(application: Application, body: Any = None, **more: Any) -> Response:
    return application.ask(handler, body, **more)


@pytest.mark.parametrize("body", [None, {}, {"query": {"name": "nobody"}}])
def test_a_job_does_it_about_the_last_thirty_days(application: Application, body: Any) -> None:
    id = queued(counts(application, body))
    assert letters("Jobs", id) == [{"job": id}]
    assert job(id).kind == "devices.payloadCounts"
    assert job(id).what == {"query": (body or {}).get("query", {}), "start": MS - 2_592_000_000, "end": MS}


@pytest.mark.parametrize(
    ("given", "at"),
    [
        (0, MS),
        (-0.9, MS),
        (0.9, MS),
        (1.9, 1),
        (1, 1),
        (-60_000, MS - 60_000),
        (-60_000.9, MS - 60_000),
        (1_767_600_000_000, 1_767_600_000_000),
        (1.7676e12, 1_767_600_000_000),
        (-1e300, 0),
        (10**30, LAST),
    ],
)
def test_times_are_any_numbers(application: Application, given: float, at: int) -> None:
    what = job(queued(counts(application, {"start": given, "end": given}))).what
    assert (what["start"], what["end"]) == (at, at)


def test_the_result_goes_where_the_body_says_else_to_the_owner_of_the_token(application: Application) -> None:
    token = application.world.token_of("devices.payloadCounts", owner_email="ada@example.com")
    body = {"email": "bo@example.com", "callbackUrl": "https://example.com/done"}
    made = job(queued(counts(application, body, token=token)))
    assert (made.email, made.callback) == ("bo@example.com", "https://example.com/done")
    made = job(queued(counts(application, token=token, query={"email": "cy@example.com"})))
    assert (made.email, made.callback) == ("ada@example.com", None)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"colour": "blue"}, "colour"),
        ({"format": "csv"}, "format"),
        ({"query": None}, "query"),
        ({"query": {"colour": "blue"}}, "colour"),
        ({"start": "1"}, "start"),
        ({"start": None}, "start"),
        ({"start": True}, "start"),
        ({"end": "now"}, "end"),
        ({"end": []}, "end"),
        *((b'{"end": %s}' % text, "end") for text in BEYOND),
        ({"email": "ada"}, "email"),
        ({"callbackUrl": "http://127.0.0.1/"}, "callbackUrl"),
    ],
)
def test_what_is_wrong_is_named_and_no_job_begins(application: Application, body: Any, named: str) -> None:
    assert named in refusal(counts(application, body), 400, body)
    assert not application.jobs()


def test_a_time_is_told_by_its_name_alone(application: Application) -> None:
    assert refusal(counts(application, {"start": "1", "end": None}), 400) == "start must be a number; end must not be null"
