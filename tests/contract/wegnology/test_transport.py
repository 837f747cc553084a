"""What holds on every route: paths, bodies, browsers (wegnology.md 1). post_device stands for the others."""

from __future__ import annotations

from typing import Any

import pytest

from functions.wegnology.devices.command import handler as send_command
from functions.wegnology.devices.post import handler as post_device
from functions.wegnology.fallback import handler as fallback
from tests.contract.wegnology.application import Application, refusal
from tests.harness.call import Context, Response, answered, event, event_of, sent_as, serve

LIMIT = 4_500_000
UNKNOWN = "65f0c0de00000000000000ff"
PATH = "/applications/{applicationId}/devices"


def ask_fallback(method: str, path: str, **more: Any) -> Response:
    """Send a request without a route to the fallback, as API Gateway does."""
    return answered(
        fallback(event(method, "/applications/{applicationId}/{proxy+}", path={"applicationId": UNKNOWN, "proxy": path}, **more), Context())
    )


def sent_to(application: Application, id: str) -> Response:
    """Post a device to the application with this id in the path, as it is sent."""
    made = event_of(post_device, {"applicationId": "x"}, body={"name": "a"}, headers=application.world.bearer())
    return serve(post_device, sent_as(made, applicationId=id))


class TestPaths:
    def test_an_id_may_have_any_letter_case(self, application: Application) -> None:
        for id in (application.id.upper(), application.id, "%36" + application.id[1:]):
            assert sent_to(application, id).json["applicationId"] == application.id

    def test_an_application_that_is_not_there_is_404(self, application: Application, other: Application) -> None:
        for id in (
            UNKNOWN,
            other.id,
            other.id.upper(),
            "x",
            application.id[:-1],
            f"{application.id}0",
            f"{application.id}%0A",
            "%20",
            "g" * 24,
        ):
            assert refusal(sent_to(application, id), 404, id) == "Application was not found", id

    def test_an_id_of_other_digits_is_404(self, application: Application) -> None:
        assert refusal(sent_to(application, "%D9%A1" * 24), 404) == "Application was not found"

    def test_an_id_that_is_not_utf_8_is_400(self, application: Application) -> None:
        for id in ("%FF", "%", "%ED%A0%80"):
            assert refusal(sent_to(application, id), 400, id) == "applicationId must be valid UTF-8"

    def test_a_path_is_the_same_with_a_slash_at_its_end(self, application: Application) -> None:
        made = event_of(post_device, {"applicationId": application.id}, body={"name": "a"}, headers=application.world.bearer())
        made["path"] = made["requestContext"]["path"] = f"/applications/{application.id}/devices/"
        assert serve(post_device, made).status == 201

    def test_an_empty_id_is_404(self, application: Application) -> None:
        made = event("POST", "/applications/{proxy+}", path={"proxy": "x"})
        for path in ("/devices", "/devices/"):
            assert refusal(answered(fallback(sent_as(made, proxy=path), Context())), 404) == "Application was not found"
        assert refusal(sent_to(application, ""), 404) == "Application was not found"
        assert refusal(answered(fallback(sent_as(made, proxy="/nothing"), Context())), 405) == "POST is not allowed"

    def test_what_no_route_declares_is_405_that_names_the_method(self) -> None:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "TRACE"):
            for path in ("x", "devices/a", "devices/tagKeys/a", "jobs"):
                if method != "HEAD":
                    assert refusal(ask_fallback(method, path), 405) == f"{method} is not allowed"
                assert ask_fallback(method, path).status == 405
            answer = answered(fallback(event(method, PATH, path={"applicationId": UNKNOWN}), Context()))
            assert answer.status == 405


class TestBrowsers:
    @pytest.mark.parametrize("path", ["devices", "devices/delete", "no/such/path", "devices/a/b"])
    def test_a_preflight_is_answered_on_every_path(self, path: str) -> None:
        preflight(ask_fallback("OPTIONS", path))

    def test_a_preflight_is_answered_where_there_is_a_route(self) -> None:
        preflight(answered(fallback(event("OPTIONS", PATH, path={"applicationId": UNKNOWN}), Context())))
        preflight(answered(fallback(event("OPTIONS", "/applications"), Context())))
        preflight(answered(fallback(event("OPTIONS", "/{proxy+}", path={"proxy": "applications//devices"}), Context())))

    def test_every_answer_is_for_every_origin(self, application: Application) -> None:
        for headers in ({}, {"Origin": "https://app.example"}):
            answers = (application.post({}, headers=headers), application.post(b"{", headers=headers), application.post({}, token="-"))
            assert [answer.status for answer in answers] == [201, 400, 401]
            assert {answer.headers["Access-Control-Allow-Origin"] for answer in answers} == {"*"}


def preflight(answer: Response) -> None:
    assert (answer.status, answer.content) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    allowed = {name.strip() for name in answer.headers["Access-Control-Allow-Headers"].split(",")}
    assert {"Accept", "Accept-Version", "Authorization", "Content-Type", "losantdomain"} <= allowed
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST, PATCH, OPTIONS"


class TestHeaders:
    def test_headers_of_clients_do_no_harm(self, application: Application) -> None:
        for headers in ({"Accept-Version": "^1.31.0"}, {"Accept-Version": "nonsense"}, {"losantdomain": "x"}, {"Accept": "text/html"}):
            assert application.post({}, headers=headers).status == 201, headers

    def test_answers_are_compressed_for_who_asks(self, application: Application) -> None:
        assert application.post({}, headers={"Accept-Encoding": "gzip"}).encoding == "gzip"
        assert application.post({}).encoding is None
        assert application.post(b"{", headers={"Accept-Encoding": "gzip"}).encoding == "gzip"


MEDIA_TYPES = ("application/json", "application/x-www-form-urlencoded", "text/plain", "application/json; charset=latin-1", "nonsense", "")
NO_JSON = (
    b"{", b'{"name":"a"', b'{"name":"a"}{}', b'{"name":NaN}', b'{"name":"a","systemInterval":Infinity}', b'{"name":"\xff"}', b"\xff",
    b'{"name":"\\ud800"}', b'{"\\udfff":"a"}', b"name=a", b"\xef\xbb\xbf{}x", b"[" * 100_000, b'{"name":' * 200 + b"1" + b"}" * 200,
    b'{"name":' + b"1" * 5000 + b"}", b"'a'",
)  # fmt: skip


class TestBodies:
    def test_json_is_read_under_every_media_type(self, application: Application) -> None:
        for kind in MEDIA_TYPES:
            answer = application.post(b'{"name":"a"}', headers={"Content-Type": kind})
            assert answer.status == 201, kind

    def test_no_body_is_an_object_without_members(self, application: Application) -> None:
        for kind in MEDIA_TYPES:
            for body in (b"", None, b"{}"):
                assert refusal(application.ask(post_device, body, headers={"Content-Type": kind}), 400) == "name is required"
        assert refusal(application.ask(post_device), 400) == "name is required"

    def test_of_members_of_one_name_the_last_counts(self, application: Application) -> None:
        body = b'{"name":1,"name":"a","tags":[{"key":"x","key":"k","value":"v"}]}'
        shown = application.post(body).json
        assert (shown["name"], shown["tags"]) == ("a", [{"key": "k", "value": "v"}])

    @pytest.mark.parametrize("body", NO_JSON, ids=lambda body: repr(body[:12]))
    def test_what_is_no_json_is_400(self, application: Application, body: bytes) -> None:
        assert refusal(application.post(body), 400) == "body must be valid JSON"

    def test_a_number_that_no_float_can_hold_is_named(self, application: Application) -> None:
        """Also where any JSON is taken: it would be stored as another number, or as none."""
        for number in (b"1e309", b"-1e999", b"1" * 400, b"-" + b"1" * 4000):
            message = refusal(
                application.post(b'{"name":"a","tags":[1,{"x":' + number + b'}],"systemInterval":' + number + b"}"), 400, number
            )
            assert message == "tags.1.x is out of range; systemInterval is out of range"
            assert refusal(application.ask(send_command, b'{"name":"a","deviceIds":[],"payload":[' + number + b"]}"), 400) == (
                "payload.0 is out of range"
            )
            assert refusal(application.post(number), 400) == "body is out of range"

    def test_what_is_no_object_is_400(self, application: Application) -> None:
        for body in (b"[]", b"null", b'"a"', b"1", b"true"):
            assert refusal(application.post(body), 400, body) == "body must be an object"

    def test_an_unknown_member_is_400(self, application: Application) -> None:
        assert refusal(application.post({"colour": "blue"}), 400) == "colour is not known here"
        for member in ("id", "deviceId", "applicationId", "creationDate", "ancestorIds", "device_class", "connectionInfo", "_type"):
            assert refusal(application.post({member: None}), 400) == f"{member} is not known here"

    def test_a_message_repeats_nothing(self, application: Application) -> None:
        message = refusal(application.post({"name": ["secret text"], "deviceClass": "secret text"}), 400)
        assert "secret text" not in message
        assert message.startswith("name must be a string; deviceClass must be 'standalone'")

    def test_4_500_000_bytes_are_read_and_no_more(self, application: Application) -> None:
        assert application.post(b'{"name":"a"}'.ljust(LIMIT)).status == 201
        assert refusal(application.post(b'{"name":"a"}'.ljust(LIMIT + 1)), 413) == "body must have at most 4500000 bytes"

    def test_what_is_too_large_is_judged_after_the_application(self, application: Application) -> None:
        body = b"x" * (LIMIT + 1)
        refusal(application.post(body, of=UNKNOWN), 404)
        refusal(application.post(body, token="-"), 401)


EVERY_REQUEST = {"_actions": "false", "_links": "true", "_embedded": "true"}


class TestQueries:
    def test_what_every_client_sends_is_accepted(self, application: Application) -> None:
        for query in (
            EVERY_REQUEST,
            {**EVERY_REQUEST, "_links": "True"},
            {"_actions": "nonsense"},
            {"_embedded": ["a", "b"]},
            {"x": "1", "y[0]": "a", "z[": ""},
        ):
            assert "_links" in application.posted({}, query=query), query

    def test_links_are_left_out_on_request(self, application: Application) -> None:
        for value in ("false", "False", "0", "no", "FALSE"):
            assert "_links" not in application.posted({}, query={"_links": value}), value
        for value in ("true", "TRUE", "1", ""):
            assert "_links" in application.posted({}, query={"_links": value}), value
        assert b"_links" not in application.post({}, query={"_links": "false"}).content

    def test_links_are_never_refused(self, application: Application) -> None:
        for query in ({"_links": ["true", "false"]}, {"_links[0]": "false"}, {"_links[]": ["a", "false"]}):
            assert "_links" not in application.posted({}, query=query), query
        for query in ({"_links": ["false", "true"]}, {"_links[x]": "false"}, {"_links": "false", "_links[a]": "b"}, {"_links": ["", ""]}):
            assert "_links" in application.posted({}, query=query), query

    def test_true_and_1_are_true(self, application: Application) -> None:
        for value in ("true", "True", "TRUE", "1"):
            assert application.posted({}, query={"tagsAsObject": value})["tags"] == {}, value
        for value in ("", "false", "False", "0", "yes", " true", "2", "01", "true\n", "Ｔrue"):
            assert application.posted({}, query={"tagsAsObject": value})["tags"] == [], value

    def test_one_value_given_otherwise_is_400_that_names_it(self, application: Application) -> None:
        for query in (
            {"tagsAsObject[0]": "true"},
            {"tagsAsObject[]": "true"},
            {"tagsAsObject[a]": "true"},
            {"tagsAsObject": "true", "tagsAsObject[0]": "true"},
        ):
            assert refusal(application.post({}, query=query), 400, query) == "tagsAsObject must be given once, without brackets"
        assert refusal(application.post({}, query={"tagsAsObject": ["true", "true"]}), 400) == "tagsAsObject must be given once"

    def test_a_bad_query_goes_before_a_bad_body(self, application: Application) -> None:
        assert "tagsAsObject" in refusal(application.post(b"{", query={"tagsAsObject[]": "true"}), 400)
