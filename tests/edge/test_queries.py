"""Queries: one value a name, repeated names, brackets; blank and JSON values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

import pytest
from pydantic import BeforeValidator, Field

from edge.query import brackets, repeated, single
from edge.shape import Lax, Strict
from tests.edge.archive import Search, patch_items
from tests.edge.calls import ask, echo, kinds, problems_of
from tests.edge.library import LIBRARY
from tests.harness.call import Context, answered, event


def _json(text: Any) -> Any:
    """A member that a query has as JSON; a blank one is none."""
    return json.loads(text) if text else None


class Wanted(Lax):
    one: str | None = None
    many: Annotated[list[str] | None, Field(alias="kind")] = None
    tags: Annotated[list[dict[str, str]] | None, Field(alias="tagFilter")] = None
    within: dict[str, Any] | None = None
    query: Annotated[dict[str, Any] | None, BeforeValidator(_json)] = None


Sent = Mapping[str, str | Sequence[str]]


def read(reader: Any, query: Sent) -> Any:
    answer = ask(echo(replace(LIBRARY, read_query=reader, error_body=problems_of), query=Wanted), query=query)
    return answer.json["query"] if answer.status == 200 else kinds(answer)


def test_one_value_a_name() -> None:
    assert read(single, {"one": ["a", "b"]}) == {"one": "b"}
    assert read(single, {"kind": ["a", "b"]}) == [(["kind"], "list_type")]
    assert read(single, {"one[0]": "a"}) == {}


def test_repeated_names_are_lists_where_the_shape_has_one() -> None:
    assert read(repeated, {"one": ["a", "b"], "kind": ["a", "b", ""]}) == {"one": "b", "many": ["a", "b", ""]}
    assert read(repeated, {"kind": "a"}) == {"many": ["a"]}
    assert read(repeated, {"kind[]": "a", "many": "a"}) == {}


BRACKETS: Sequence[tuple[Sent, Any]] = [
    ({"kind": "a"}, {"many": ["a"]}),
    ({"kind": ["a", "b"]}, {"many": ["a", "b"]}),
    ({"kind[]": ["a", "b"]}, {"many": ["a", "b"]}),
    ({"kind[0]": "a", "kind[1]": "b"}, {"many": ["a", "b"]}),
    ({"kind[10]": "c", "kind[9]": "b", "kind[0]": "a"}, {"many": ["a", "b", "c"]}),
    ({"kind[007]": "b", "kind[6]": "a"}, {"many": ["a", "b"]}),
    ({"kind[999999999]": "b", "kind[3]": "a"}, {"many": ["a", "b"]}),
    ({"kind[0]": ["a", "b"]}, {"many": ["a", "b"]}),
    ({"kind[1]": "a", "kind[]": ["b", "c"]}, {"many": ["a", "b", "c"]}),
    ({"kind[]": "a", "kind[0]": "b"}, {"many": ["a", "b"]}),
    ({"kind": "a", "kind[1]": "b", "kind[]": "c"}, {"many": ["a", "b", "c"]}),
    ({"kind[0]": ""}, {"many": [""]}),
    ({"one": "a", "within[b]": "c"}, {"one": "a", "within": {"b": "c"}}),
    ({"within[b][c][]": ["d", "e"], "within[b][f]": "g"}, {"within": {"b": {"c": ["d", "e"], "f": "g"}}}),
    ({"within[a]": "1", "within[a][b]": "2"}, {"within": {"a": {"": "1", "b": "2"}}}),
    ({"within[a][b]": "2", "within[a]": "1"}, {"within": {"a": {"b": "2", "": "1"}}}),
    ({"within[b]": "c", "within": "d"}, {"within": {"b": "c", "": "d"}}),
    ({"one": ["a", "b"]}, [(["one"], "string_type")]),
    ({"one[]": "a"}, [(["one"], "string_type")]),
    ({"one[0]": "a"}, [(["one"], "string_type")]),
    ({"one[x]": "a"}, [(["one"], "string_type")]),
    ({"one": "a", "one[0]": "b"}, [(["one"], "string_type")]),
    ({"one[0]": "a", "one": "b"}, [(["one"], "string_type")]),
    ({"tagFilter[0][key]": ["a", "b"]}, [(["tagFilter", 0, "key"], "string_type")]),
    ({"tagFilter[0][key]": "Floor", "tagFilter[0][value]": "2", "tagFilter[1][key]": "Serial"},
     {"tags": [{"key": "Floor", "value": "2"}, {"key": "Serial"}]}),
    ({"tagFilter[5][key]": "b", "tagFilter[2][key]": "a"}, {"tags": [{"key": "a"}, {"key": "b"}]}),
    ({"tagFilter[][key]": "a"}, {"tags": [{"key": "a"}]}),
    ({"tagFilter[key]": "a"}, [(["tagFilter"], "list_type")]),
    ({"tagFilter[0]": "a"}, [(["tagFilter", 0], "dict_type")]),
    ({"tagFilter[]": "a"}, [(["tagFilter", 0], "dict_type")]),
    ({"tagFilter": "a"}, [(["tagFilter"], "dict_type")]),
    ({"tagFilter": ["a", "b"]}, [(["tagFilter", 0], "dict_type"), (["tagFilter", 1], "dict_type")]),
    ({"kind[x]": "a"}, [(["kind"], "list_type")]),
    ({"kind[-1]": "a"}, [(["kind"], "list_type")]),
    ({"kind[²]": "a"}, [(["kind"], "list_type")]),
    ({"kind[٣]": "a"}, [(["kind"], "list_type")]),
    ({"kind[0]": "a", "kind[x]": "b"}, [(["kind"], "list_type")]),
    ({"kind[": "a", "kind]": "b", "[kind]": "c", "[]": "d", "kind[0]x": "e", "kind[[0]]": "f"}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("query", "comes_to"), BRACKETS, ids=lambda value: ",".join(value) if isinstance(value, dict) else None)
def test_brackets(query: Sent, comes_to: Any) -> None:
    assert read(brackets, query) == comes_to


def test_no_name_however_long_or_deep_is_a_fault_of_ours() -> None:
    names = [
        f"within{'[a]' * 1000}",
        f"within{'[]' * 3000}",
        f"kind[{'9' * 5000}]",
        f"within[{'9' * 5000}][]",
        "kind" + "[" * 5000,
        "]" * 5000,
    ]
    for name in names:
        entry = echo(replace(LIBRARY, read_query=brackets), query=Wanted)
        assert ask(entry, query={name: "x"}).status == (400 if name.startswith("kind[9") else 200), name[:20]
    deepest = read(brackets, {f"within{'[a]' * 100}": "x"})
    assert json.dumps(deepest).count('"a"') == 100
    assert read(brackets, {f"within{'[a]' * 101}": "x"}) == {}


def test_many_values_take_no_long_time() -> None:
    """As many as the longest line of a request may have."""
    query: Sent = {"kind[]": ["x"] * 5000, **{f"tagFilter[][k{number}]": "x" for number in range(1000)}}
    read_ = read(brackets, query)
    assert (len(read_["many"]), len(read_["tags"])) == (5000, 1000)


def test_json_in_a_query_and_blank_values() -> None:
    assert read(single, {"query": '{"a": {"b": "é"}}'}) == {"query": {"a": {"b": "é"}}}
    assert read(single, {"query": ""}) == {"query": None}
    assert read(single, {}) == {}
    assert read(single, {"query": "[1]"}) == [(["query"], "dict_type")]


class Pages(Strict):
    page: Annotated[int, BeforeValidator(lambda given: int(given) if given else None)] = 1


def test_members_are_judged_by_their_shape() -> None:
    entry = echo(replace(LIBRARY, error_body=problems_of), query=Pages)
    assert ask(entry, query={"page": "2", "other": "x"}).json == {"query": {"page": 2}}
    assert kinds(ask(entry, query={"page": "x"})) == [(["page"], "value_error")]
    assert kinds(ask(entry, query={"page": ""})) == [(["page"], "int_type")]


@pytest.mark.usefixtures("stock")
def test_a_route_of_the_archive_reads_brackets() -> None:
    for query, status in (
        ({"tagFilter[0][key]": "a", "deviceClass[]": ["x", "y"], "page": "", "_links": "true"}, 200),
        ({"page": "2", "deviceClass": "x"}, 200),
        ({"page": "x"}, 400),
        ({"tagFilter[0][other]": "a"}, 400),
        ({"tagFilter[key]": "a"}, 400),
    ):
        answer = ask(patch_items, "north", card="all", query=query)
        assert answer.status == status, (query, answer.content)
    assert Search.model_fields["kinds"].alias == "deviceClass"


def test_events_of_one_value_a_name_are_read_too() -> None:
    """What a test console of API Gateway sends has no list of values."""
    entry = echo(LIBRARY, query=Wanted)
    sent = event("GET", "/echo", query={"one": "a"}) | {"multiValueQueryStringParameters": None}
    assert answered(entry(sent, Context())).json == {"query": {"one": "a"}}
