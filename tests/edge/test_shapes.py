"""Shapes: exact types, every failing field, the order of the document; and the JSON they are made from."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationInfo, field_validator

from edge.json_text import no_name_twice, parse_json
from edge.query import single
from edge.shape import Pattern, Strict, broken
from edge.validate import validate
from edge.words import dotted, plain
from fleet.errors import Invalid, Place, Problem


class Part(Strict):
    a: int
    b: str = "x"


class Whole(Strict):
    first: int
    second: str = "x"
    third: Part
    fourth: Annotated[list[Part], Field(max_length=2, default_factory=list)]
    fifth: bool = False
    other_name: Annotated[int, Field(alias="otherName")] = 0


class Span(Strict):
    start: int
    end: int

    @field_validator("end")
    @classmethod
    def _in_order(cls, end: int, of: ValidationInfo) -> int:
        if end <= of.data["start"]:
            raise broken("start", "must be before end")
        return end


GOOD: dict[str, Any] = {"first": 1, "third": {"a": 1}}


def fields(given: Any) -> list[str]:
    with pytest.raises(Invalid) as caught:
        validate(Whole, given)
    return [dotted(problem) for problem in caught.value.details]


def test_a_good_value_passes() -> None:
    assert validate(Whole, GOOD | {"otherName": 5}).other_name == 5


def test_unknown_members_are_ignored() -> None:
    assert validate(Whole, GOOD | {"sixth": 1, "other_name": 5}).other_name == 0


@pytest.mark.parametrize("value", [1.0, "1", True, [], {}], ids=repr)
def test_integers_are_exact(value: Any) -> None:
    assert fields(GOOD | {"first": value}) == ["first"]


@pytest.mark.parametrize("value", [1, 0, "true", []], ids=repr)
def test_booleans_are_exact(value: Any) -> None:
    assert fields(GOOD | {"fifth": value}) == ["fifth"]


@pytest.mark.parametrize("value", [1, True, ["x"], {}], ids=repr)
def test_strings_are_exact(value: Any) -> None:
    assert fields(GOOD | {"second": value}) == ["second"]


def test_null_is_absent() -> None:
    assert validate(Whole, GOOD | {"second": None, "fourth": None}).second == "x"


def test_null_is_missing() -> None:
    assert fields(GOOD | {"first": None, "third": {"a": None}}) == ["first", "third.a"]


@pytest.mark.parametrize(
    ("given", "order"),
    [
        ({"second": 1, "first": "x", "third": {"a": 1}}, ["second", "first"]),
        ({"fifth": 1, "third": {"b": 1, "a": "x"}, "first": "x"}, ["fifth", "third.b", "third.a", "first"]),
        ({"fourth": [{"a": 1}, {"b": 1, "a": ""}], "first": "", "third": {"a": 1}}, ["fourth.1.b", "fourth.1.a", "first"]),
        ({"fifth": 1}, ["first", "third", "fifth"]),
        ({"fifth": 1, "first": ""}, ["fifth", "first", "third"]),
        ({"third": {"b": 1}, "first": None}, ["third.a", "third.b", "first"]),
        ({}, ["first", "third"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_fields_are_told_in_the_order_of_the_document(given: Any, order: list[str]) -> None:
    assert fields(given) == order


@pytest.mark.parametrize("given", [[], "x", 5, None, True], ids=repr)
def test_what_is_no_object(given: Any) -> None:
    assert fields(given) == [""]


def test_messages_hold_nothing_of_the_value() -> None:
    with pytest.raises(Invalid) as caught:
        validate(Whole, {"first": "secret", "second": ["secret"], "third": "secret", "fourth": [{"a": 1}] * 3, "fifth": "secret"})
    assert not [problem for problem in caught.value.details if "secret" in plain(problem)]


@pytest.mark.parametrize(
    ("given", "message"),
    [({"first": ""}, "must be an integer"), ({"second": 1}, "must be a string"), ({"third": 1}, "must be an object"),
     ({"fourth": 1}, "must be an array"), ({"fourth": [{"a": 1}] * 3}, "must have at most 2 entries"),
     ({"fifth": 1}, "must be true or false")],
    ids=str,
)  # fmt: skip
def test_messages_say_what_must_be(given: Any, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        validate(Whole, GOOD | given)
    assert [plain(problem) for problem in caught.value.details] == [message]


class Door(Strict):
    code: Annotated[str, Pattern("^[0-9]{4}$", "must be 4 digits")] = "0000"
    codes: Annotated[dict[Annotated[str, Pattern("^[0-9]{4}$", "must be 4 digits")], int], Field(default_factory=dict)]


@pytest.mark.parametrize(("code", "words"), [(1234, "must be a string"), ("123", "must be 4 digits"), ("1234\n", "must be 4 digits")])
def test_a_pattern_says_in_words_what_must_be(code: Any, words: str) -> None:
    assert validate(Door, {"code": "1234"}).code == "1234"
    with pytest.raises(Invalid) as caught:
        validate(Door, {"code": code})
    assert [plain(problem) for problem in caught.value.details] == [words]


def test_a_pattern_is_in_the_description_also_that_of_names() -> None:
    document = Door.model_json_schema()["properties"]
    assert (document["code"]["pattern"], list(document["codes"]["patternProperties"])) == ("^[0-9]{4}$", ["^[0-9]{4}$"])


@pytest.mark.parametrize(("place", "text"), [(("a", 0, "b"), "a.0.b"), (("a", "b.c"), 'a."b.c"'), ((), "")])
def test_a_name_that_has_a_dot_is_in_quotation_marks(place: Place, text: str) -> None:
    assert dotted(Problem(place)) == text


def test_members_that_are_ignored_move_nothing() -> None:
    many = {"first": 1, "third": {"a": 1}, "fourth": [{"a": "x"}, {"a": "x"}], **{f"x{number}": number for number in range(20_000)}}
    assert fields(many) == ["fourth.0.a", "fourth.1.a"]


def test_a_rule_between_fields_names_the_one_it_means() -> None:
    with pytest.raises(Invalid) as caught:
        validate(Span, {"end": 1, "start": 2})
    assert [(dotted(problem), plain(problem)) for problem in caught.value.details] == [("start", "must be before end")]


@pytest.mark.parametrize(
    ("body", "value"),
    [(b'{"a":1}', {"a": 1}), (b' {"a":{"a":1}} ', {"a": {"a": 1}}), ('{"a":"é"}'.encode(), {"a": "é"}),
     (b'{"a":"\\ud83d\\udea2"}', {"a": "🚢"}), (b'{"a":"\\u0000"}', {"a": "\x00"}), (b"5", 5)],
    ids=ascii,
)  # fmt: skip
def test_json_is_read(body: bytes, value: Any) -> None:
    assert parse_json(body, no_name_twice) == value


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"a":1,"a":2}', b'{"a":{"b":1,"b":1}}', b'[{"a":1,"a":1}]', b"NaN", b'{"a":-Infinity}', b'{"a":"\xff"}',
     b'{"a":"\\ud800"}', b'{"\\udc00":1}', b"[" * 100_000, b"9" * 5000, b"{a:1}", "\ufeff{}".encode()],
    ids=lambda body: ascii(body)[2:22],
)  # fmt: skip
def test_what_is_no_json(body: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        parse_json(body, no_name_twice)
    assert [plain(problem) for problem in caught.value.details] == ["must be valid JSON"]


def test_the_last_value_of_a_query_parameter_counts() -> None:
    assert single({"a": ["1", "2"], "b": [""], "c": []}, Strict) == {"a": "2", "b": ""}
