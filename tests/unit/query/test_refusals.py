"""What is no query: each problem with its place, its kind or its words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from edge.words import plain
from fleet.errors import Invalid
from fleet.query.node import MOST_MEMBERS
from fleet.query.parse import parse, parse_text
from tests.unit.query.devices import HALL, device

SCALAR = "must be a string, a number, true, false or null"
ID = "must be an id of 24 hexadecimal digits, or null"
LISTED_ID = "must be an id of 24 hexadecimal digits"
DATE = "must be an ISO 8601 date"
UNKNOWN = "is not known here"
OBJECT = "must be an object"
ARRAY = "must be an array"
STRING = "must be a string"
LONG = "must have at most 100 entries"
PART = "must be a string, null, or an object with $in or $nin"
UTF_8 = "must be valid UTF-8"
HALF = "\ud83d"


def problems(document: object) -> dict[str, str]:
    """The words of each problem by its place, with dots between its parts."""
    with pytest.raises(Invalid) as refused:
        parse(document)
    return {".".join(map(str, problem.place)): plain(problem) for problem in refused.value.details}


@pytest.mark.parametrize("document", [None, [], "x", "{}", 1, True], ids=str)
def test_a_document_that_is_no_object(document: object) -> None:
    assert problems(document) == {"query": OBJECT}
    assert problems({"$or": [{}, document]}) == {"query.$or.1": OBJECT}


@pytest.mark.parametrize(
    "name",
    ["description", "attributes", "applicationId", "deviceId", "Name", "$not", "$where", "$eq", "", "name ", "$OR", "_id"],
)
def test_an_unknown_member(name: str) -> None:
    assert problems({name: None}) == {f"query.{name}": UNKNOWN}
    assert problems({"$and": [{"name": "x"}, {name: None}]}) == {f"query.$and.1.{name}": UNKNOWN}


def test_a_tag_in_the_name_of_a_member() -> None:
    hint = 'is not known here: {"tags": {"$tagKey": …, "$tagValue": …}}'
    assert problems({"$or": [{"tags.floor": "2"}, {"tag.floor": "2"}]}) == {
        "query.$or.0.tags.floor": hint,
        "query.$or.1.tag.floor": UNKNOWN,
    }


@pytest.mark.parametrize("operator", ["$regex", "$exists", "$elemMatch", "$not", "$all", "$size", "$options", "$date", "eq", "$tagKey", ""])
@pytest.mark.parametrize("field", ["name", "connectionStatus", "creationDate", "attributeName", "ancestorId"])
def test_an_unknown_operator(field: str, operator: str) -> None:
    assert problems({field: {operator: HALL}}) == {f"query.{field}.{operator}": UNKNOWN}


@pytest.mark.parametrize(
    ("document", "place", "words"),
    [
        ({"$or": {}}, "$or", ARRAY),
        ({"$and": None}, "$and", ARRAY),
        ({"$nor": [{}] * 101}, "$nor", LONG),
        ({"name": []}, "name", SCALAR),
        ({"name": {"$eq": {}}}, "name.$eq", SCALAR),
        ({"name": {"$gt": ["a"]}}, "name.$gt", SCALAR),
        ({"name": {"$in": "x"}}, "name.$in", ARRAY),
        ({"name": {"$in": None}}, "name.$in", ARRAY),
        ({"name": {"$in": ["x", None]}}, "name.$in.1", "must not be null"),
        ({"name": {"$nin": [{}]}}, "name.$nin.0", SCALAR),
        ({"name": {"$nin": ["x"] * 101}}, "name.$nin", LONG),
        ({"name": {"$startsWith": ""}}, "name.$startsWith", "must have at least 1 characters"),
        ({"name": {"$endsWith": None}}, "name.$endsWith", STRING),
        ({"name": {"$contains": 7}}, "name.$contains", STRING),
        ({"creationDate": {"$contains": ""}}, "creationDate.$contains", "must have at least 1 characters"),
        ({"name": {"$ci": 1}}, "name.$ci", "must be true or false"),
        ({"name": {"$ci": None, "$eq": "x"}}, "name.$ci", "must be true or false"),
        ({"creationDate": {"$ci": "true"}}, "creationDate.$ci", "must be true or false"),
        ({"creationDate": "yesterday"}, "creationDate", DATE),
        ({"lastUpdated": {"$gt": "2031-02-30"}}, "lastUpdated.$gt", DATE),
        ({"deletedAt": {"$in": [1, "2031-02-13\n"]}}, "deletedAt.$in.1", DATE),
        ({"connectedAt": {"$ne": ""}}, "connectedAt.$ne", DATE),
        ({"creationDate": {"$lt": 10**309}}, "creationDate.$lt", "is out of range"),
        ({"name": -(10**400)}, "name", "is out of range"),
        ({"name": {"$in": [float("inf")]}}, "name.$in.0", "is out of range"),
        ({"name": float("nan")}, "name", "is out of range"),
        ({"id": HALL[:-1]}, "id", ID),
        ({"id": HALL + "0"}, "id", ID),
        ({"id": HALL + "\n"}, "id", ID),
        ({"id": "g" + HALL[1:]}, "id", ID),
        ({"id": "٠" + HALL[1:]}, "id", ID),
        ({"id": ""}, "id", ID),
        ({"id": 7}, "id", ID),
        ({"id": True}, "id", ID),
        ({"id": [HALL]}, "id", ID),
        ({"experienceUserId": "x"}, "experienceUserId", ID),
        ({"gatewayId": {"$eq": HALL[:-1]}}, "gatewayId.$eq", ID),
        ({"parentId": {"$in": [HALL, None]}}, "parentId.$in.1", LISTED_ID),
        ({"parentId": {"$nin": [HALL[1:]]}}, "parentId.$nin.0", LISTED_ID),
        ({"parentId": {"$in": HALL}}, "parentId.$in", ARRAY),
        ({"ancestorId": {"$in": [HALL] * 101}}, "ancestorId.$in", LONG),
        ({"ancestorId": {}}, "ancestorId", "must have exactly one operator"),
        ({"id": {"$gt": HALL, "$lt": HALL}}, "id", "must have exactly one operator"),
        ({"id": {"$ci": True}}, "id.$ci", UNKNOWN),
        ({"id": {"$startsWith": "6"}}, "id.$startsWith", UNKNOWN),
        ({"tags": "hall"}, "tags", OBJECT),
        ({"tags": []}, "tags", OBJECT),
        ({"tags": True}, "tags", OBJECT),
        ({"tags": {"$eq": "hall"}}, "tags.$eq", OBJECT),
        ({"tags": {"$in": ["hall"]}}, "tags.$in", UNKNOWN),
        ({"tags": {"$elemMatch": {}}}, "tags.$elemMatch", UNKNOWN),
        ({"tags": {"$eq": {"$ne": None}}}, "tags.$eq.$ne", UNKNOWN),
        ({"tags": {"$eq": {}, "hall": "x"}}, "tags.hall", UNKNOWN),
        ({"tags": {"$eq": {}, "$ne": {}}}, "tags", "must have one of $eq and $ne"),
        ({"tags": {"$tagKey": "hall", "floor": "2"}}, "tags.floor", UNKNOWN),
        ({"tags": {"hall": "2", "$tagValue": "2"}}, "tags.hall", UNKNOWN),
        ({"tags": {"$tagKey": "hall", "$ci": True}}, "tags.$ci", UNKNOWN),
        ({"tags": {"": "x"}}, "tags.", UNKNOWN),
        ({"tags": {".hall": "x"}}, "tags..hall", UNKNOWN),
        ({"tags": {"ä": "x"}}, "tags.ä", UNKNOWN),
        ({"tags": {"hall": 2}}, "tags.hall", PART),
        ({"tags": {"hall": True}}, "tags.hall", PART),
        ({"tags": {"hall": ["x"]}}, "tags.hall", PART),
        ({"tags": {"hall": {}}}, "tags.hall", "must have one of $in and $nin"),
        ({"tags": {"hall": {"$in": [], "$nin": []}}}, "tags.hall", "must have one of $in and $nin"),
        ({"tags": {"hall": {"$eq": "x"}}}, "tags.hall.$eq", UNKNOWN),
        ({"tags": {"hall": {"$in": ["x", None]}}}, "tags.hall.$in.1", STRING),
        ({"tags": {"hall": {"$nin": [2]}}}, "tags.hall.$nin.0", STRING),
        ({"tags": {"hall": {"$in": ["x"] * 101}}}, "tags.hall.$in", LONG),
        ({"tags": {"hall": {"$in": "x"}}}, "tags.hall.$in", ARRAY),
        ({"tags": {"hall": "x" * 256}}, "tags.hall", "must have at most 255 characters"),
        ({"tags": {"$tagKey": "x" * 256}}, "tags.$tagKey", "must have at most 255 characters"),
        ({"tags": {"$ne": {"$tagValue": 7}}}, "tags.$ne.$tagValue", PART),
        ({"name": HALF}, "name", UTF_8),
        ({"name": {"$in": [HALF]}}, "name.$in.0", UTF_8),
        ({"name": {"$contains": HALF}}, "name.$contains", UTF_8),
        ({"tags": {"hall": HALF}}, "tags.hall", UTF_8),
        ({"tags": {"hall": {"$in": [HALF]}}}, "tags.hall.$in.0", UTF_8),
        ({"tags": {f"hall{HALF}": "x"}}, "tags", UTF_8),
        ({HALF: None}, "", UTF_8),
        ({"name": {HALF: None}}, "name", UTF_8),
    ],
    ids=ascii,
)
def test_a_problem_leads_to_its_member(document: dict[str, Any], place: str, words: str) -> None:
    below = f".{place}" if place else ""
    assert problems(document) == {f"query{below}": words}
    assert problems({"$or": [{}, document]}) == {f"query.$or.1{below}": words}


def test_the_largest_that_is_taken() -> None:
    part = "𝄞" * 255
    parse({"$or": [{}] * 100, "name": {"$in": ["x"] * 100}, "tags": {"hall": part, "floor": {"$in": ["y" * 300] * 100}}})
    parse({"creationDate": {"$lt": 1.7e308}, "id": {"$in": [HALL] * 100}})


def test_all_problems_are_told_in_the_order_of_the_document() -> None:
    document = {"name": {"$ci": 0, "$regex": "x", "$eq": []}, "id": "x", "$or": [{"tags": 1}, {"y": 1}], "x": 1}
    places = ["query.name.$ci", "query.name.$regex", "query.name.$eq", "query.id", "query.$or.0.tags", "query.$or.1.y", "query.x"]
    assert list(problems(document)) == places


def test_the_document_may_be_at_another_place() -> None:
    with pytest.raises(Invalid) as refused:
        parse({"x": 1}, ("deviceQuery",))
    assert [problem.place for problem in refused.value.details] == [("deviceQuery", "x")]


def test_problems_are_few_and_their_names_are_short() -> None:
    with pytest.raises(Invalid) as refused:
        parse({"x" * 10_000 + str(number): 1 for number in range(200)})
    assert len(refused.value.details) == 100
    assert {problem.place for problem in refused.value.details} == {("query", "x" * 255)}


def test_ten_thousand_conditions_are_taken() -> None:
    assert parse({"$or": [{"$or": [{"name": "Pump 7"}] * 100}] * 100}).matches(device())


@pytest.mark.parametrize("inmost", [{"name": "x"}, {}], ids=str)
def test_a_query_with_more_members_than_can_be_compared_is_refused(inmost: dict[str, Any]) -> None:
    document = {"$or": [{"$or": [{"$or": [inmost] * 100}] * 100}] * 3}
    assert list(problems(document).values()) == [f"is too large: at most {MOST_MEMBERS} members are read"]
    tags = {f"k{number}": "x" for number in range(MOST_MEMBERS + 1)}
    assert list(problems({"tags": tags})) == ["query.tags"]


TEXTS = (
    *("", " ", "x", "{", "{}}", "{'name':'x'}", '{"name":NaN}', '{"creationDate":{"$lt":Infinity}}', '{"creationDate":-Infinity}'),
    *("{“name”:“x”}", '{"name":"x",}', '{"name":"a\nb"}', "\ufeff{}", '{"name":' + "1" * 5000 + "}", '{"$or":' * 600_000, "[" * 4_500_000),
    *('{"$or":[' * 500_000, "\xa0{}", "{}\x00", '{"name":01}', '{"name":.5}', "True", "undefined"),
)


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:20]))
def test_a_text_that_is_no_json(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_text(text)
    assert [(problem.place, plain(problem)) for problem in refused.value.details] == [(("query",), "must be valid JSON")]


@pytest.mark.parametrize("text", ["[]", '"x"', '"{}"', "1", "null", "true", "[{}]"])
def test_a_text_of_something_else_than_an_object(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_text(text)
    assert [(problem.place, plain(problem)) for problem in refused.value.details] == [(("query",), OBJECT)]


@pytest.mark.parametrize(
    ("text", "place"),
    [('{"name":1e400}', ("query", "name")), ('{"name":"\\ud83d"}', ("query", "name")), ('{"\\ud83d":1}', ("query",))],
)
def test_a_text_of_an_object_that_is_no_query(text: str, place: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        parse_text(text)
    assert [problem.place for problem in refused.value.details] == [place]


def test_a_text_with_as_many_levels_as_a_body_may_have() -> None:
    with pytest.raises(Invalid, match="Invalid parameters"):
        parse_text('{"$or":[' * 200 + "{}" + "]}" * 200)


def test_a_text_is_read_as_the_document_that_it_holds() -> None:
    document = {"$and": [{"name": {"$startsWith": "Pümp \U0001f600"}}], "tags": {"hall": None}}
    for text in (json.dumps(document), json.dumps(document, ensure_ascii=False), f"\n {json.dumps(document, indent=1)}\t "):
        assert parse_text(text).document == document


def test_of_members_with_one_name_the_last_counts() -> None:
    query = parse_text('{"name":{"$regex":"x"},"name":"Pump 8","name":"Pump 7"}')
    assert query.document == {"name": "Pump 7"}
    assert query.matches(device())
