"""POST /applications/{applicationId}/devices/export: what is asked of it, and where the result goes; the file is tested with the job."""

from __future__ import annotations

from typing import Any

import pytest

from functions.wegnology.devices.export import handler
from tests.contract.wegnology.application import Application, refusal
from tests.harness.call import Response
from tests.harness.jobs import job, letters, queued

OWNER = "ada@example.com"


@pytest.fixture
def owned(application: Application) -> str:
    """A token of somebody whose address is known."""
    return application.world.token_of("devices.export", owner_email=OWNER)


def export(application: Application, body: Any = None, query: Any = None, token: str | None = None) -> Response:
    return application.ask(handler, body, query=query, token=token)


@pytest.mark.parametrize("body", [None, {}, {"query": {}}, {"query": {"name": "nobody"}, "format": "json"}])
def test_a_job_does_it_whatever_it_is_about(application: Application, body: Any) -> None:
    id = queued(export(application, body))
    assert letters("Jobs", id) == [{"job": id}]
    given = {"query": {}, "format": "csv", **(body or {})}
    assert (job(id).kind, job(id).what, job(id).state) == ("devices.export", given, "queued")


def test_each_request_has_a_job_of_its_own(application: Application) -> None:
    assert queued(export(application)) != queued(export(application))


class TestWhereTheResultGoes:
    def test_nowhere_without_an_address(self, application: Application) -> None:
        made = job(queued(export(application)))
        assert (made.email, made.callback) == (None, None)

    def test_to_the_owner_of_the_token_with_or_without_a_callback(self, application: Application, owned: str) -> None:
        assert job(queued(export(application, token=owned))).email == OWNER
        made = job(queued(export(application, {"callbackUrl": "https://example.com/done"}, token=owned)))
        assert (made.email, made.callback) == (OWNER, "https://example.com/done")

    def test_where_the_query_says(self, application: Application, owned: str) -> None:
        query = {"email": "bo@example.com", "callbackUrl": "https://example.com/done"}
        made = job(queued(export(application, query=query, token=owned)))
        assert (made.email, made.callback) == ("bo@example.com", "https://example.com/done")

    def test_where_the_body_says_whatever_the_query_does(self, application: Application) -> None:
        query = {"email": "bo@example.com", "callbackUrl": "https://example.com/other"}
        made = job(queued(export(application, {"email": "cy@example.com", "callbackUrl": "https://example.com/done"}, query)))
        assert (made.email, made.callback) == ("cy@example.com", "https://example.com/done")
        made = job(queued(export(application, {"email": "cy@example.com"}, query)))
        assert (made.email, made.callback) == ("cy@example.com", "https://example.com/other")

    def test_blank_in_the_query_is_as_if_it_were_not_there(self, application: Application, owned: str) -> None:
        made = job(queued(export(application, query={"email": "", "callbackUrl": ""}, token=owned)))
        assert (made.email, made.callback) == (OWNER, None)

    def test_not_to_an_owner_who_has_no_address(self, application: Application) -> None:
        token = application.world.token_of("devices.export", owner_email="ada")
        assert job(queued(export(application, token=token))).email is None


@pytest.mark.parametrize(
    ("body", "query", "named"),
    [
        ({"colour": "blue"}, None, "colour"),
        ({"query": None}, None, "query"),
        ({"query": []}, None, "query"),
        ({"query": "{}"}, None, "query"),
        ({"query": {"name": {"$regex": "a"}}}, None, "$regex"),
        ({"query": {"id": "1"}}, None, "id"),
        ({"format": "xml"}, None, "format"),
        ({"format": "CSV"}, None, "format"),
        ({"format": None}, None, "format"),
        ({"email": "ada"}, None, "email"),
        ({"email": "a b@example.com"}, None, "email"),
        ({"email": "a@b"}, None, "email"),
        ({"email": ""}, None, "email"),
        ({"email": None}, None, "email"),
        ({"callbackUrl": "ftp://example.com"}, None, "callbackUrl"),
        ({"callbackUrl": "http://127.0.0.1/"}, None, "callbackUrl"),
        ({"callbackUrl": None}, None, "callbackUrl"),
        ({"forceJob": True}, None, "forceJob"),
        (None, {"email": "ada"}, "email"),
        (None, {"email": "a@b"}, "email"),
        (None, {"email": ["a@example.com", "b@example.com"]}, "email"),
        (None, {"callbackUrl": "example.com"}, "callbackUrl"),
        (None, {"callbackUrl": "http://10.0.0.1/"}, "callbackUrl"),
        ({"email": "ada@example.com"}, {"email": "ada"}, "email"),
    ],
)
def test_what_is_wrong_is_named_and_no_job_begins(application: Application, body: Any, query: Any, named: str) -> None:
    assert named in refusal(export(application, body, query), 400, (body, query))
    assert not application.jobs()


def test_a_token_that_reads_may_export(application: Application) -> None:
    for scope in ("all.Application.read", "all.Organization.read", "all.User.read", "devices.export", "devices.*"):
        queued(export(application, token=application.world.token_of(scope)))
    for scope in ("devices.get", "devices.payloadCounts"):
        refusal(export(application, token=application.world.token_of(scope)), 403)
