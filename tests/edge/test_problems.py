"""What is wrong with a body: where, of what kind, and with what it takes to say so in an API's own words."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, RootModel, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from edge.shape import Closed, Lax, Strict, broken
from edge.words import KINDS
from tests.edge.archive import ARCHIVE
from tests.edge.calls import ask, echo, kinds, problems_of
from tests.edge.library import LIBRARY


class Address(Lax):
    city: Annotated[str, Field(min_length=1, max_length=5)]
    kind: Literal["home", "work"] = "home"
    lines: Annotated[list[str], Field(max_length=2, default_factory=list)]

    @model_validator(mode="after")
    def _known(self) -> Address:
        if self.city == "None":
            raise PydanticCustomError("whole", "There is no such place.")
        return self


class Person(Lax):
    name: Annotated[str, Field(min_length=1, max_length=8)]
    age: int = 0
    active: bool = True
    begin: int = 0
    end: int = 0
    home: Address | None = None
    others: Annotated[list[Address], Field(default_factory=list)]
    scores: dict[str, int] | None = None

    @field_validator("end")
    @classmethod
    def _in_order(cls, end: int, of: ValidationInfo) -> int:
        if end < of.data.get("begin", 0):
            raise broken("begin", "Must be before the end.")
        return end

    @model_validator(mode="after")
    def _alive(self) -> Person:
        if self.age > 200:
            raise PydanticCustomError("whole", "Nobody is that old.")
        if self.begin == self.end == 7:
            raise PydanticCustomError("together", "The fields begin, end must make a unique set.")
        return self


GOOD = {"name": "x"}
FOLDED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"name": ["This field is required."]}),
    ({"name": None}, {"name": ["This field may not be null."]}),
    ({"name": ""}, {"name": ["This field may not be blank."]}),
    ({"name": " \t"}, {"name": ["This field may not be blank."]}),
    ({"name": "x" * 9}, {"name": ["Ensure this field has no more than 8 characters."]}),
    ({"name": True}, {"name": ["Not a valid string."]}),
    ({"name": []}, {"name": ["Not a valid string."]}),
    ({**GOOD, "age": "x"}, {"age": ["A valid integer is required."]}),
    ({**GOOD, "age": []}, {"age": ["A valid integer is required."]}),
    ({**GOOD, "active": "perhaps"}, {"active": ["Must be a valid boolean."]}),
    ({**GOOD, "age": 201}, {"__all__": ["Nobody is that old."]}),
    ({**GOOD, "begin": 7, "end": 7}, {"non_field_errors": ["The fields begin, end must make a unique set."]}),
    ({**GOOD, "begin": 2, "end": 1}, {"begin": ["Must be before the end."]}),
    ({**GOOD, "home": {}}, {"home": {"city": ["This field is required."]}}),
    ({**GOOD, "home": {"city": "None"}}, {"home": {"__all__": ["There is no such place."]}}),
    ({**GOOD, "home": {"city": "x", "kind": "inn"}}, {"home": {"kind": ['"inn" is not a valid choice.']}}),
    ({**GOOD, "home": {"city": "x", "kind": 5}}, {"home": {"kind": ['"5" is not a valid choice.']}}),
    ({**GOOD, "home": {"city": "x", "lines": "a"}}, {"home": {"lines": ['Expected a list of items but got type "str".']}}),
    ({**GOOD, "home": {"city": "x", "lines": ["a", True]}}, {"home": {"lines": {"1": ["Not a valid string."]}}}),
    ({**GOOD, "others": [{"city": "x"}, {"kind": "inn"}]},
     {"others": {"1": {"kind": ['"inn" is not a valid choice.'], "city": ["This field is required."]}}}),
    ({**GOOD, "scores": {"a": "x"}}, {"scores": {"a": ["A valid integer is required."]}}),
    ({"age": "x", "home": {"lines": ["a", None]}},
     {"age": ["A valid integer is required."], "home": {"lines": {"1": ["This field may not be null."]}, "city":
      ["This field is required."]}, "name": ["This field is required."]}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "said"), FOLDED, ids=lambda value: None)
def test_an_api_words_problems_by_their_kind_and_folds_them_into_the_document(body: dict[str, Any], said: dict[str, Any]) -> None:
    answer = ask(echo(LIBRARY, body=Person), body=body)
    assert (answer.status, answer.json) == (400, said)


def test_a_body_that_cannot_be_read_is_no_problem_of_a_field() -> None:
    assert ask(echo(LIBRARY, body=Person), body=b"{").json == {"detail": "Parse error: must be valid JSON"}


class Part(Closed):
    key: Annotated[str, Field(min_length=2)]
    value: int = 0


class Assembly(Closed):
    parts: Annotated[list[Part], Field(max_length=2)]
    by_name: Annotated[dict[str, list[Part]], Field(alias="byName", default_factory=dict)]


def test_places_lead_through_lists_and_objects_in_the_order_of_the_document() -> None:
    body = {
        "byName": {"b": [{"key": "xx"}, {"key": "x", "more": 1}], "a": [{"value": "1"}]},
        "parts": [{"value": None, "key": ""}, {"key": 5}],
        "x": 1,
    }
    answer = ask(echo(replace(ARCHIVE, error_body=problems_of), body=Assembly), body=body)
    assert answer.json["problems"] == [
        {"place": ["byName", "b", 1, "key"], "kind": "string_too_short", "context": {"min_length": 2, "given_type": "str"},
         "text": "must have at least 2 characters"},
        {"place": ["byName", "b", 1, "more"], "kind": "extra_forbidden", "context": {"given_type": "int"}, "text": "is not known here"},
        {"place": ["byName", "a", 0, "key"], "kind": "missing", "context": {"given_type": "dict"}, "text": "is required"},
        {"place": ["byName", "a", 0, "value"], "kind": "int_type", "context": {"given_type": "str"}, "text": "must be an integer"},
        {"place": ["parts", 0, "value"], "kind": "null", "context": {"given_type": "NoneType"}, "text": "must not be null"},
        {"place": ["parts", 0, "key"], "kind": "blank", "context": {"min_length": 2, "given_type": "str"}, "text": "must not be empty"},
        {"place": ["parts", 1, "key"], "kind": "string_type", "context": {"given_type": "int"}, "text": "must be a string"},
        {"place": ["x"], "kind": "extra_forbidden", "context": {"given_type": "int"}, "text": "is not known here"},
    ]  # fmt: skip
    assert ask(echo(ARCHIVE, body=Assembly), body={"parts": [{"key": "xx"}] * 3, "y": None}).json == {
        "type": "Validation",
        "message": "parts must have at most 2 entries; y is not known here",
    }


class Short(Lax):
    text: Annotated[str, Field(min_length=3)]


@pytest.mark.parametrize(
    ("given", "kind"), [(12, "string_too_short"), (1.5, None), ("  ", "blank"), ("a ", "string_too_short"), (0, "string_too_short")]
)
def test_a_number_may_be_too_short_for_a_text(given: Any, kind: str | None) -> None:
    answer = ask(echo(replace(LIBRARY, error_body=problems_of), body=Short), body={"text": given})
    assert [each["kind"] for each in answer.json.get("problems", ())] == ([kind] if kind else [])


def test_what_the_client_sent_is_repeated_of_a_choice_alone_and_where_it_is_short() -> None:
    secret = "anchor-and-chain"

    class Choice(Lax):
        one: Literal["a"] = "a"
        two: int = 0
        three: Annotated[str, Field(max_length=2)] = ""

    entry = echo(replace(LIBRARY, error_body=problems_of), body=Choice)
    for given, seen in (({"one": secret}, True), ({"two": secret}, False), ({"three": secret}, False), ({"one": secret * 20}, False),
                        ({"one": [secret]}, False), ({secret: 1, "two": "x"}, False)):  # fmt: skip
        assert (secret in ask(entry, body=given).content.decode()) is seen, given


class Pair(Lax):
    at: tuple[float, float] | None = None


def test_an_entry_that_lacks_has_a_place_too() -> None:
    entry = echo(replace(LIBRARY, error_body=problems_of), body=Pair)
    for given, wrong in (([1.0], [(["at", 1], "missing")]), ([], [(["at", 0], "missing"), (["at", 1], "missing")]),
                         ([1, "x"], [(["at", 1], "float_parsing")]), ([1, 2, 3], [(["at"], "too_long")])):  # fmt: skip
        assert kinds(ask(entry, body={"at": given})) == wrong, given


class Exact(Strict):
    choice: Literal["a"] = "a"
    text: Annotated[str, Field(min_length=1)] = "x"


def test_strict_shapes_say_nothing_of_what_was_given() -> None:
    answer = ask(echo(replace(LIBRARY, error_body=problems_of), body=Exact), body={"choice": "b", "text": ""})
    assert [(each["kind"], each["context"]) for each in answer.json["problems"]] == [
        ("literal_error", {"expected": "'a'"}),
        ("string_too_short", {"min_length": 1}),
    ]


def test_the_kinds_that_shapes_make_have_words() -> None:
    """What has none would be said in pydantic's own words."""
    assert {"missing", "null", "blank", "json", "form", "object", "array", "media_type", "too_large", "file_type"} <= KINDS


class People(RootModel[list[Person]]):
    pass


def test_the_entries_of_an_array_are_judged_as_their_shape_is() -> None:
    answer = ask(echo(replace(LIBRARY, error_body=problems_of), body=People), body=[{"name": None}, {"name": "x", "home": {"city": ""}}, 5])
    assert kinds(answer) == [([0, "name"], "null"), ([1, "home", "city"], "blank"), ([2], "model_type")]
    assert answer.json["problems"][0]["context"]["given_type"] == "NoneType"
