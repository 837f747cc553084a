"""POST /applications/{applicationId}/devices/removeData: what is asked of it; what goes is tested with the job."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.telemetry.device_states import EVER
from functions.wegnology.devices.remove_data import handler
from tests.contract.wegnology.application import BEYOND, MS, Application, refusal
from tests.harness.call import Response
from tests.harness.jobs import job, letters, queued

pytestmark = pytest.mark.usefixtures("clock")


def remove(application: Application, body: Any, **more: Any) -> Response:
    return application.ask(handler, body, **more)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({}, {}),
        ({"start": 1, "end": 0}, {"start": 1, "end": MS}),
        ({"start": 1}, {"start": 1, "end": MS}),
        ({"start": -60_000.5}, {"start": MS - 60_000, "end": MS}),
        ({"end": 0}, {"start": 0, "end": MS}),
        ({"end": -60_000}, {"start": 0, "end": MS - 60_000}),
        ({"attributes": None}, {}),
        ({"attributes": []}, {"attributes": []}),
        ({"attributes": ["flow", "flow"]}, {"attributes": ["flow", "flow"]}),
        ({"attributes": [f"a{number}" for number in range(256)]}, {"attributes": [f"a{number}" for number in range(256)]}),
        ({"keepConnectionHistory": True, "keepCommandHistory": False}, {"keepConnectionHistory": True}),
        ({"keepCommandHistory": True}, {"keepCommandHistory": True}),
    ],
)
def test_a_job_does_it(application: Application, body: Any, what: Any) -> None:
    id = queued(remove(application, {"query": {}, **body}))
    assert letters("Jobs", id) == [{"job": id}]
    assert job(id).kind == "devices.removeData"
    everything = {"start": 0, "end": EVER, "attributes": None, "keepConnectionHistory": False, "keepCommandHistory": False}
    assert job(id).what == {"query": {}, **everything, **what}


def test_the_result_goes_where_the_body_says_and_nowhere_else(application: Application) -> None:
    token = application.world.token_of("devices.removeData", owner_email="ada@example.com")
    body = {"query": {}, "email": "bo@example.com", "callbackUrl": "https://example.com/done"}
    made = job(queued(remove(application, body, token=token)))
    assert (made.email, made.callback) == ("bo@example.com", "https://example.com/done")
    made = job(queued(remove(application, {"query": {}}, token=token, query={"email": "cy@example.com"})))
    assert (made.email, made.callback) == (None, None)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (None, "query"),
        ({}, "query"),
        ({"query": None}, "query"),
        ({"query": {"colour": "blue"}}, "colour"),
        ({"query": {}, "colour": "blue"}, "colour"),
        ({"query": {}, "forceJob": True}, "forceJob"),
        ({"query": {}, "start": "1"}, "start"),
        ({"query": {}, "start": None}, "start"),
        *((b'{"query": {}, "start": %s}' % text, "start") for text in BEYOND),
        ({"query": {}, "end": False}, "end"),
        ({"query": {}, "attributes": "flow"}, "attributes"),
        ({"query": {}, "attributes": ["a b"]}, "attributes.0"),
        ({"query": {}, "attributes": ["flow\n"]}, "attributes.0"),
        ({"query": {}, "attributes": [None]}, "attributes.0"),
        ({"query": {}, "attributes": ["a"] * 257}, "attributes"),
        ({"query": {}, "keepConnectionHistory": "true"}, "keepConnectionHistory"),
        ({"query": {}, "keepCommandHistory": None}, "keepCommandHistory"),
        ({"query": {}, "email": "ada"}, "email"),
        ({"query": {}, "callbackUrl": "http://127.0.0.1/"}, "callbackUrl"),
    ],
)
def test_what_is_wrong_is_named_and_no_job_begins(application: Application, body: Any, named: str) -> None:
    assert named in refusal(remove(application, body), 400, body)
    assert not application.jobs()


def test_a_token_that_reads_may_not_remove(application: Application) -> None:
    for scope in ("all.Application.read", "devices.export", "devices.delete"):
        refusal(remove(application, {"query": {}}, token=application.world.token_of(scope)), 403)
