"""Forms: dotted names, lists, JSON in text, files, and what no form may be."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

import pytest
from pydantic import Field

from edge.form import URLENCODED
from edge.shape import BlankIsNull, JsonInForms, Lax, Upload
from tests.edge.calls import CUT, END, ask, echo, kinds, part, problems_of
from tests.edge.library import LIBRARY
from tests.harness.call import Response


class Config(Lax):
    backend: str = "x"
    context: Annotated[dict[str, Any], JsonInForms, Field(default_factory=dict)]
    tags: Annotated[list[str], Field(default_factory=list)]


class Device(Lax):
    name: str | None = None
    config: Config | None = None
    group: Annotated[str | None, BlankIsNull] = None
    tags: Annotated[list[str] | None, Field(alias="tagList")] = None
    image: Upload | None = None
    images: Annotated[list[Upload], Field(default_factory=list)]


ENTRY = echo(replace(LIBRARY, error_body=problems_of), body=Device)
INVALID: list[Any] = [([], "form")]


def urlencoded(body: bytes) -> Response:
    return ask(ENTRY, body=body, media_type=URLENCODED)


def multipart(*parts: bytes, media_type: str = CUT, end: bytes = END) -> Response:
    return ask(ENTRY, body=b"".join(parts) + end, media_type=media_type)


def both(*pairs: tuple[str, str]) -> Any:
    """The body that both kinds of form are read as."""
    answers = urlencoded(urlencode(pairs).encode()), multipart(*(part(name, value.encode()) for name, value in pairs))
    assert answers[0].json == answers[1].json
    return answers[0].json["body"]


def test_dots_lead_into_objects() -> None:
    sent = both(("name", "a"), ("config.backend", "b"), ("config.tags", "1"), ("config.tags", "2"))
    assert sent == {"name": "a", "config": {"backend": "b", "tags": ["1", "2"]}}


def test_a_list_has_all_values_and_a_text_the_last() -> None:
    assert both(("tagList", "1"), ("name", "1"), ("tagList", ""), ("name", "2")) == {"tags": ["1", ""], "name": "2"}
    assert both(("tagList", "1")) == {"tags": ["1"]}


def test_json_may_be_sent_as_text() -> None:
    assert both(("config.context", '{"a": [1, null, "é"]}')) == {"config": {"context": {"a": [1, None, "é"]}}}
    assert ask(ENTRY, body={"config": {"context": {"a": 1}}}).json["body"] == {"config": {"context": {"a": 1}}}


@pytest.mark.parametrize(
    "text",
    ["", "{", "{a:1}", '{"a":NaN}', '{"a":"\\ud800"}', "[" * 50_000, '{"a":' + "[" * 100 + "]" * 100 + "}", '{"a":' + "9" * 5000 + "}"],
    ids=lambda text: text[:12],
)
def test_text_that_is_no_json_is_refused_where_it_is(text: str) -> None:
    assert kinds(multipart(part("config.context", text.encode()))) == [(["config", "context"], "json")]


def test_json_that_is_no_object_is_refused_where_it_is() -> None:
    assert kinds(multipart(part("config.context", b"[1]"))) == [(["config", "context"], "dict_type")]
    assert kinds(ask(ENTRY, body={"config": {"context": '{"a":1}'}})) == [(["config", "context"], "dict_type")]


def test_a_blank_reference_is_null_and_a_blank_text_stays() -> None:
    assert both(("group", ""), ("name", "")) == {"group": None, "name": ""}
    assert ask(ENTRY, body={"group": "", "name": ""}).json["body"] == {"group": None, "name": ""}


def test_files_have_a_name_a_media_type_and_bytes() -> None:
    answer = multipart(
        part("image", "ž".encode(), "map.png", "image/png"), part("images", b"1", "a"), part("images", b"", "b", "text/plain")
    )
    octets = "application/octet-stream"
    assert answer.json["body"] == {"image": ["map.png", "image/png", "ž"], "images": [["a", octets, "1"], ["b", "text/plain", ""]]}


def test_a_file_of_the_largest_body_passes_byte_for_byte() -> None:
    entry = echo(LIBRARY, body=Device, max_body=4_500_000)
    content = b"\r\n--cu\r\n-" * 400_000
    answer = ask(entry, body=part("image", content, "f") + END, media_type=CUT, headers={"Accept-Encoding": "gzip"})
    assert answer.json["body"]["image"][2].encode() == content


def test_a_text_is_no_file_and_a_file_is_no_text() -> None:
    assert kinds(multipart(part("image", b"x"))) == [(["image"], "file_type")]
    assert kinds(urlencoded(b"image=x")) == [(["image"], "file_type")]
    assert kinds(ask(ENTRY, body={"image": "x"})) == [(["image"], "file_type")]
    assert kinds(multipart(part("name", b"x", "f"))) == [(["name"], "string_type")]
    assert kinds(multipart(part("config.context", b"{}", "f"))) == [(["config", "context"], "dict_type")]


def test_names_that_get_in_each_other_s_way_are_as_the_last_has_them() -> None:
    for pairs, sent in (
        ([("config", "x"), ("config.backend", "b")], {"config": {"backend": "b"}}),
        ([("tagList.x", "1"), ("tagList", "2")], {"tags": ["2"]}),
        ([("name.x", "1"), ("name", "2")], {"name": "2"}),
        ([("a.b.c", "1"), ("a.b", "2"), ("a", "3"), ("a.b.c", "4")], {}),
        ([("", "1"), (".", "2"), ("..", "3"), ("config.", "4")], {"config": {}}),
    ):
        assert both(*pairs) == sent, pairs
    assert kinds(urlencoded(b"tagList=2&tagList.x=1")) == [(["tagList"], "list_type")]
    assert kinds(urlencoded(b"config.backend=b&config=x")) == [(["config"], "model_type")]


def test_what_is_wrong_in_a_form_has_its_place() -> None:
    answer = ask(ENTRY, body=part("config.backend", b"x", "f") + part("config.context", b"{") + END, media_type=CUT)
    assert kinds(answer) == [(["config", "backend"], "string_type"), (["config", "context"], "json")]


@pytest.mark.parametrize(
    "media_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=cut; boundary=cut",
        "multipart/form-data; boundary=cut; boundary=other",
        "multipart/form-data; boundary=other; boundary=cut",
        "multipart/form-data; boundary=cut; BOUNDARY=other",
        'multipart/form-data; boundary=cut; boundary="cut"',
        "multipart/form-data; boundary*=utf-8''cut",
        "multipart/form-data; boundary=cut; boundary*0=cut",
        "multipart/form-data; boundary=other",
        "multipart/form-data; boundary=ž",
        f"multipart/form-data; boundary={'c' * 300}",
    ],
)
def test_a_boundary_is_named_once(media_type: str) -> None:
    assert kinds(multipart(part("name"), media_type=media_type)) == INVALID


def test_a_body_that_is_cut_off_is_refused_wherever_that_is() -> None:
    whole = part("name", b"some text") + part("image", b"some bytes", "f") + END
    for length in range(len(whole) - 2):
        assert kinds(ask(ENTRY, body=whole[:length] or b"-", media_type=CUT)) == INVALID, length
    assert ask(ENTRY, body=whole, media_type=CUT).status == 200


def test_a_thousand_fields_are_read_and_one_more_is_refused() -> None:
    for encode, end in ((lambda name: f"{name}=1&".encode(), b""), (part, END)):
        media_type = CUT if end else URLENCODED
        names = [f"n{number}" for number in range(1000)]
        for more, status in ((0, 200), (1, 400)):
            body = b"".join(map(encode, names + ["more"] * more)).rstrip(b"&") + end
            assert ask(ENTRY, body=body, media_type=media_type).status == status, (media_type, more)


@pytest.mark.parametrize(
    "parts",
    [
        part("na\xff").replace("ÿ".encode(), b"\xff"),
        part("name", b"\xff"),
        part("name", b"x", "f\xff").replace("ÿ".encode(), b"\xff"),
        part("n" * 201),
        b'--cut\r\nContent-Disposition: form-data\r\n\r\nx\r\n',
        b"--cut\r\nContent-Type: text/plain\r\n\r\nx\r\n",
        b"--cut\r\n\r\nx\r\n",
        b"before\r\n" + part("name"),
        part("name", b"*", extra="\r\nContent-Transfer-Encoding: base64"),
        part("name", b"x", extra="\r\nContent-Transfer-Encoding: rot13"),
        part("name", b"x", extra="\r\nX: " + "x" * 10_000),
        part("name", b"x", extra="\r\nX: x" * 100),
    ],
    ids=["name in Latin-1", "text in Latin-1", "file name in Latin-1", "long name", "no name", "no disposition", "no headers",
         "text before", "bad base64", "an encoding", "long header", "many headers"],
)  # fmt: skip
def test_what_no_part_may_be_is_refused(parts: bytes) -> None:
    assert kinds(multipart(parts)) == INVALID


@pytest.mark.parametrize("body", [b"name=%ff", b"%ff=1", b"name=\xff", b"\xff=1", b"n" * 201 + b"=1"], ids=ascii)
def test_what_no_urlencoded_form_may_be_is_refused(body: bytes) -> None:
    assert kinds(urlencoded(body)) == INVALID


def test_escapes_are_decoded_once() -> None:
    assert urlencoded(b"name=a+b%2Bc%2525&config%2Ebackend=%C5%BE").json["body"] == {"name": "a b+c%25", "config": {"backend": "ž"}}
