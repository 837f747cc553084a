"""The families of shapes: how strict, closed and lax ones read the same JSON, what null is, and what a PATCH has sent."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from edge.shape import Closed, Lax, Shape, Strict, partial
from tests.edge.archive import patch_items
from tests.edge.calls import ask, echo, kinds, problems_of
from tests.edge.library import LIBRARY

SHOWING = replace(LIBRARY, error_body=problems_of)


class Inner(Strict):
    a: int = 0


class InnerClosed(Closed):
    a: int = 0


class InnerLax(Lax):
    a: int = 0


class StrictIn(Strict):
    text: str = ""
    number: int = 0
    flag: bool = False
    ratio: float = 0
    name: Annotated[str | None, Field(alias="nickName")] = None
    inner: Inner | None = None
    choice: Literal["a", "b"] | None = None


class ClosedIn(Closed):
    text: str = ""
    number: int = 0
    flag: bool = False
    ratio: float = 0
    name: Annotated[str | None, Field(alias="nickName")] = None
    inner: InnerClosed | None = None
    choice: Literal["a", "b"] | None = None


class LaxIn(Lax):
    text: str = ""
    number: int = 0
    flag: bool = False
    ratio: float = 0
    name: Annotated[str | None, Field(alias="nickName")] = None
    inner: InnerLax | None = None
    choice: Literal["a", "b"] | None = None


def read(shape: type[Shape], body: Any) -> Any:
    """The members as they were read, or where and what is wrong."""
    answer = ask(echo(SHOWING, body=shape), body=json.dumps(body).replace("Infinity", "1e999").encode())
    return answer.json["body"] if answer.status == 200 else [(".".join(map(str, place)), kind) for place, kind in kinds(answer)]


NO_TEXT, NO_NUMBER, NO_FLAG = [("text", "string_type")], [("number", "int_type")], [("flag", "bool_type")]
READS: list[tuple[dict[str, Any], Any, Any, Any]] = [
    ({"text": " a "}, {"text": " a "}, {"text": " a "}, {"text": "a"}),
    ({"text": 1}, NO_TEXT, NO_TEXT, {"text": "1"}),
    ({"text": 1.5}, NO_TEXT, NO_TEXT, {"text": "1.5"}),
    ({"text": True}, NO_TEXT, NO_TEXT, NO_TEXT),
    ({"text": ["a"]}, NO_TEXT, NO_TEXT, NO_TEXT),
    ({"number": "1"}, NO_NUMBER, NO_NUMBER, {"number": 1}),
    ({"number": " 1 "}, NO_NUMBER, NO_NUMBER, {"number": 1}),
    ({"number": 1.0}, NO_NUMBER, NO_NUMBER, {"number": 1}),
    ({"number": 1.5}, NO_NUMBER, NO_NUMBER, [("number", "int_from_float")]),
    ({"number": "x"}, NO_NUMBER, NO_NUMBER, [("number", "int_parsing")]),
    ({"flag": "true"}, NO_FLAG, NO_FLAG, {"flag": True}),
    ({"flag": "FALSE"}, NO_FLAG, NO_FLAG, {"flag": False}),
    ({"flag": "0"}, NO_FLAG, NO_FLAG, {"flag": False}),
    ({"flag": 1}, NO_FLAG, NO_FLAG, {"flag": True}),
    ({"flag": "maybe"}, NO_FLAG, NO_FLAG, [("flag", "bool_parsing")]),
    ({"ratio": 1}, {"ratio": 1.0}, {"ratio": 1.0}, {"ratio": 1.0}),
    ({"ratio": "1.5"}, [("ratio", "float_type")], [("ratio", "float_type")], {"ratio": 1.5}),
    ({"ratio": "inf"}, [("ratio", "float_type")], [("ratio", "float_type")], [("ratio", "finite_number")]),
    ({"ratio": 1e999}, [("ratio", "rule")], [("ratio", "rule")], [("ratio", "rule")]),
    ({"ratio": "nan"}, [("ratio", "float_type")], [("ratio", "float_type")], [("ratio", "finite_number")]),
    ({"other": 1}, {}, [("other", "extra_forbidden")], {}),
    ({"other": None}, {}, [("other", "extra_forbidden")], {}),
    ({"name": "a"}, {}, [("name", "extra_forbidden")], {}),
    ({"nickName": "a"}, {"name": "a"}, {"name": "a"}, {"name": "a"}),
    ({"nickName": None}, {}, {"name": None}, {"name": None}),
    ({"text": None}, {}, [("text", "null")], [("text", "null")]),
    ({"inner": None}, {}, {"inner": None}, {"inner": None}),
    ({"inner": {"a": None}}, {"inner": {}}, [("inner.a", "null")], [("inner.a", "null")]),
    ({"inner": {"b": None}}, {"inner": {}}, [("inner.b", "extra_forbidden")], {"inner": {}}),
    ({"inner": []}, [("inner", "model_type")], [("inner", "model_type")], [("inner", "model_type")]),
    ({"choice": None}, {}, {"choice": None}, {"choice": None}),
    ({"choice": "c"}, [("choice", "literal_error")], [("choice", "literal_error")], [("choice", "literal_error")]),
]


@pytest.mark.parametrize(("body", "strict", "closed", "lax"), READS, ids=lambda value: str(value) if isinstance(value, dict) else "")
def test_each_family_reads_in_its_way(body: dict[str, Any], strict: Any, closed: Any, lax: Any) -> None:
    assert (read(StrictIn, body), read(ClosedIn, body), read(LaxIn, body)) == (strict, closed, lax)


@pytest.mark.usefixtures("stock")
def test_null_changes_what_an_absent_member_leaves_as_it_is() -> None:
    for body, changed in (({}, []), ({"parentId": None}, ["parent"]), ({"parentId": "x", "name": "y"}, ["name", "parent"])):
        answer = ask(patch_items, "north", card="all", body=body)
        assert (answer.status, answer.json["changed"]) == (200, changed), body
    refused = ask(patch_items, "north", card="all", body={"name": None, "tags": [{}, {"key": None, "x": None}]})
    assert refused.json == {"type": "Validation", "message": "name must not be null; tags.1.x is not known here"}


class Whole(Lax):
    title: str
    pages: Annotated[int, Field(ge=1)]
    group: str | None
    tags: Annotated[list[str], Field(default_factory=lambda: ["new"])]
    short: Annotated[str, Field(alias="shortName", max_length=3)] = "abc"


@partial
class Change(Whole):
    """What a PATCH may change."""


def test_of_a_patch_every_member_may_be_absent_and_what_is_sent_has_the_same_rules() -> None:
    assert read(Change, {}) == {}
    assert read(Change, {"title": "a", "group": None}) == {"title": "a", "group": None}
    assert read(Change, {"tags": [], "shortName": "x"}) == {"tags": [], "short": "x"}
    wrong = [("title", "null"), ("pages", "greater_than_equal"), ("shortName", "string_too_long")]
    assert read(Change, {"title": None, "pages": 0, "shortName": "long"}) == wrong
    assert Change.model_validate({}).sent() == {}
    assert Change.model_validate({"group": None}).sent() == {"group": None}
    assert Change.model_validate({}).title is None


class Parts(Lax):
    by_name: dict[str, InnerLax]
    pair: tuple[InnerLax, InnerLax]


def test_members_are_plain_values_however_deep() -> None:
    parts = Parts(by_name={"x": InnerLax(a=1)}, pair=(InnerLax(), InnerLax(a=2)))
    assert parts.members() == {"by_name": {"x": {"a": 1}}, "pair": [{"a": 0}, {"a": 2}]}
    assert parts.sent() == {"by_name": {"x": {"a": 1}}, "pair": [{}, {"a": 2}]}


def test_the_shape_that_a_patch_is_of_stays_as_it_is() -> None:
    assert read(Whole, {}) == [("title", "missing"), ("pages", "missing"), ("group", "missing")]
    assert Whole.model_validate({"title": "a", "pages": 1, "group": None}).short == "abc"
    assert not Change.model_json_schema().get("required")
    assert Whole.model_json_schema()["required"] == ["title", "pages", "group"]
