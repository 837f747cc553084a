"""Bodies by their media type: which are read, which are refused and how, and what JSON may be."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import RootModel

from edge.answer import Answer
from edge.api import Api
from edge.body import Bodies, last_wins_json, raw, strict_json
from edge.errors import TooLarge
from edge.form import MULTIPART, URLENCODED
from edge.route import MOST_BODY, PUBLIC
from edge.shape import Lax
from tests.edge.archive import ARCHIVE
from tests.edge.calls import CUT, ask, echo, kinds, problems_of
from tests.edge.library import LIBRARY

JSON = "application/json"
SHOWING = replace(LIBRARY, error_body=problems_of)
PLAIN = Api("plain", (), LIBRARY.order, problems_of)
"""An API that says nothing of how it reads bodies."""


class In(Lax):
    a: Any = None


class Items(RootModel[list[int]]):
    pass


def test_each_media_type_has_its_reader_whatever_its_case_and_parameters() -> None:
    entry = echo(SHOWING, body=In)
    for media_type, body in (
        ("application/json", b'{"a":"1"}'),
        ("Application/JSON; charset=utf-8", b'{"a":"1"}'),
        (URLENCODED, b"a=1"),
        (f"{URLENCODED.upper()} ;charset=utf-8", b"a=1"),
        ('multipart/form-data; boundary="cut"', b'--cut\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--cut--\r\n'),
        (None, b'{"a":"1"}'),
    ):
        assert ask(entry, media_type=media_type, body=body).json == {"body": {"a": "1"}}, media_type


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/xml", "application/jsonp", "text/json", "multipart/mixed", "*/*", "x", "", "; charset=utf-8"]
)
def test_another_media_type_is_refused_ignored_or_invalid_as_the_api_has_it(media_type: str) -> None:
    refused = ask(echo(LIBRARY, body=In), media_type=media_type, body=b'{"a":1}')
    assert (refused.status, refused.json) == (415, {"detail": f'Unsupported media type "{media_type}" in request.'})
    assert ask(echo(ARCHIVE, body=In), media_type=media_type, body=b'{"a":1}').json == {"body": {"a": 1}}
    assert kinds(ask(echo(PLAIN, body=In), media_type=media_type, body=b'{"a":1}')) == [([], "media_type")]


def test_a_route_may_read_fewer_media_types_than_its_api() -> None:
    entry = echo(LIBRARY, body=In, reads=(MULTIPART,))
    assert ask(entry, media_type=JSON, body={"a": 1}).status == 415
    assert ask(entry, media_type=URLENCODED, body=b"a=1").status == 415
    assert ask(echo(LIBRARY, body=In, reads=(URLENCODED,)), media_type=None, body=b"a=1").json == {"body": {"a": "1"}}


def test_a_form_without_a_media_type_has_no_boundary() -> None:
    answer = ask(echo(SHOWING, body=In, reads=(MULTIPART,)), media_type=None, body=b"--cut--\r\n")
    assert kinds(answer) == [([], "form")]


@pytest.mark.parametrize("headers", [{}, {"Content-Type": JSON}, {"Content-Length": "0"}, {"Content-Type": CUT}], ids=str)
def test_no_bytes_are_an_object_without_members_where_the_api_has_it_so(headers: dict[str, str]) -> None:
    for api, body in ((LIBRARY, None), (LIBRARY, b""), (ARCHIVE, None), (ARCHIVE, b"")):
        assert ask(echo(api, body=In), body=body, media_type=None, headers=headers).json == {"body": {}}
    kind = "media_type" if headers == {"Content-Type": CUT} else "json"
    assert kinds(ask(echo(PLAIN, body=In), body=b"", media_type=None, headers=headers)) == [([], kind)]


def test_the_last_of_several_members_counts_or_they_are_refused() -> None:
    twice = b'{"a":1,"a":{"b":1,"b":[{"c":1,"c":2}]}}'
    assert ask(echo(LIBRARY, body=In), body=twice).json == {"body": {"a": {"b": [{"c": 2}]}}}
    assert ask(echo(ARCHIVE, body=In), body=twice).json == {"body": {"a": {"b": [{"c": 2}]}}}
    for body in (b'{"a":1,"a":1}', b'{"a":{"b":1,"b":1}}', b'{"a":[{"c":1,"c":2}]}', b'{"a":1,"\\u0061":2}'):
        assert kinds(ask(echo(PLAIN, body=In), body=body)) == [([], "json")], body


BROKEN = [b"{", b"", b" ", b"{a:1}", b"{'a':1}", b'{"a":NaN}', b'{"a":-Infinity}', b'{"a":"\xff"}', b'{"a":"\\ud800"}', b'{"\\udc00":1}',
          b"\xef\xbb\xbf{}", b'{"a":1}x', b'{"a":' + b"9" * 5000 + b"}", "{}".encode("utf-16"), b'{"a":"\n"}']  # fmt: skip


@pytest.mark.parametrize("reader", [strict_json, last_wins_json], ids=lambda reader: reader.__name__)
def test_what_is_no_json_is_refused(reader: Any) -> None:
    entry = echo(replace(PLAIN, read_body=Bodies({JSON: reader})), body=In)
    for body in BROKEN:
        assert kinds(ask(entry, body=body)) == [([], "json")], body


@pytest.mark.parametrize("reader", [strict_json, last_wins_json], ids=lambda reader: reader.__name__)
def test_a_hundred_levels_are_read_and_one_more_is_refused(reader: Any) -> None:
    entry = echo(replace(PLAIN, read_body=Bodies({JSON: reader})), body=In)
    for open_, shut in ((b"[", b"]"), (b'{"a":', b"}")):
        inner = b"1" if shut == b"}" else b""
        deep = b'{"a":' + open_ * 99 + inner + shut * 99 + b"}"
        assert ask(entry, body=deep).json == {"body": json.loads(deep)}
        for levels in (100, 20_000):
            too_deep = b'{"a":' + open_ * levels + inner + shut * levels + b"}"
            assert kinds(ask(entry, body=too_deep)) == [([], "json")], levels


@pytest.mark.parametrize("body", [b"[]", b"5", b'"x"', b"null", b"true"])
def test_what_is_no_object_is_named(body: bytes) -> None:
    given = type(json.loads(body)).__name__
    answer = ask(echo(LIBRARY, body=In), body=body)
    assert (answer.status, answer.json) == (400, {"non_field_errors": [f"Invalid data. Expected a dictionary, but got {given}."]})


def test_an_array_is_read_where_the_shape_is_one() -> None:
    entry = echo(SHOWING, body=Items)
    assert ask(entry, body=[1, 2]).json == {"body": {"root": [1, 2]}}
    assert kinds(ask(entry, body={"a": 1})) == [([], "array")]
    assert kinds(ask(entry, body=[1, "x"])) == [([1], "int_parsing")]


class Bytes(RootModel[bytes]):
    pass


def test_other_bodies_pass_as_they_are() -> None:
    def view(body: Bytes) -> Answer:
        return Answer(200, body.root, "application/octet-stream")

    api = replace(PLAIN, read_body=Bodies({"image/png": raw, "text/csv": raw}, otherwise="unsupported"))
    entry = api.route("PUT", "/image", "put_image", scope=PUBLIC, reads=("image/png", "text/csv"))(view)
    assert ask(entry, body=b"\x00\xff", media_type="image/png").content == b"\x00\xff"
    assert ask(entry, body=b"a,b", media_type="text/csv").content == b"a,b"
    assert ask(entry, body=b"a", media_type="image/gif").status == 415


def test_a_media_type_without_a_reader_is_refused_when_a_route_is_declared() -> None:
    with pytest.raises(TypeError, match="text/csv has no reader: add it"):
        echo(PLAIN, body=In, reads=(JSON, "text/csv"))


@pytest.mark.parametrize("size", [10, MOST_BODY])
def test_a_body_may_have_as_many_bytes_as_its_route_says(size: int) -> None:
    entry = echo(SHOWING, body=In, max_body=size)
    exact = b"{}" + b" " * (size - 2)
    assert ask(entry, body=exact).json == {"body": {}}
    for media_type in (JSON, URLENCODED, MULTIPART, "text/plain"):
        answer = ask(entry, body=exact + b" ", media_type=media_type)
        assert kinds(answer) == [([], "too_large")], media_type
        assert answer.json["problems"][0]["context"] == {"max_bytes": size}


def test_a_route_without_a_limit_of_its_own_has_that_of_its_api() -> None:
    entry = echo(replace(SHOWING, max_body=2), body=In)
    assert [ask(entry, body=body).status for body in (b"{}", b"{ }")] == [200, 400]


def test_an_api_chooses_the_status_of_a_body_that_is_too_large() -> None:
    entry = echo(replace(SHOWING, max_body=2, statuses={TooLarge: 413}), body=In)
    assert [ask(entry, body=body).status for body in (b"{}", b"{ }", b"{")] == [200, 413, 400]


@pytest.mark.parametrize("size", [MOST_BODY + 1, 10_000_000, -1])
def test_a_limit_that_lambda_cannot_carry_is_refused_when_a_route_is_declared(size: int) -> None:
    with pytest.raises(TypeError, match=f"echo reads {size} bytes: Lambda takes at most 4500000"):
        echo(LIBRARY, body=In, max_body=size)
