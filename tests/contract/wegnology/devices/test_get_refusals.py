"""GET /applications/{applicationId}/devices: what is refused, and how the refusal names it."""

from __future__ import annotations

import pytest

from functions.wegnology.devices.get import handler
from tests.contract.wegnology.application import Application, refusal
from tests.contract.wegnology.lists import BAD_QUERIES, ID, Query, shown

REFUSED: list[tuple[Query, str]] = [
    *(({"sortField": text}, "sortField") for text in ("Name", "deviceClass", "x")),
    ({"sortDirection": "up"}, "sortDirection"),
    *(
        ({name: text}, f"{name} must be an integer")
        for name in ("page", "perPage")
        for text in ("a", " 1", "+1", "1_0", "1e2", "1.0", "٣", "0x1")
    ),
    ({"page": "-1"}, "page must be at least 0"),
    ({"perPage": "0"}, "perPage must be at least 1"),
    ({"perPage": "-5"}, "perPage"),
    ({"filterField": "id", "filter": "a"}, "filterField"),
    ({"filterField": "Name"}, "filterField"),
    *(({"deviceClass": text}, "deviceClass must be 'standalone', ") for text in ("", "Gateway", "x", "null")),
    ({"deviceClass[]": "x"}, "deviceClass.0 must be"),
    ({"deviceClass[1]": ""}, "deviceClass.0 must be"),
    ({"deviceClass": ["gateway", "x"]}, "deviceClass.1 must be"),
    ({"deviceClass[a]": "gateway"}, "deviceClass must be an array"),
    ({"tagFilter[key]": "a"}, "tagFilter must be an array: tagFilter[0][key]=…"),
    ({"tagFilter": "a"}, "tagFilter must be an object: tagFilter[0][key]=…"),
    ({"tagFilter[0][key]": ""}, "tagFilter.0.key"),
    ({"tagFilter[0][value]": ""}, "tagFilter.0.value"),
    ({"tagFilter[0][key]": "a b"}, "tagFilter.0.key must be 1 to 255 letters, digits, _ or -"),
    ({"tagFilter[0]": "a"}, "tagFilter.0 must be an object: tagFilter[0][key]=…"),
    ({"tagFilter[0][key]": ["a", "b"]}, "tagFilter.0.key must be given once"),
    ({"tagFilter[0][more]": "a"}, "tagFilter.0.more is not known"),
    ({f"tagFilter[{number}][key]": "a" for number in range(101)}, "tagFilter must have at most 100"),
    *(
        ({"parentId": text}, "parentId must be an id of 24 hexadecimal digits, or null")
        for text in ("x", "NULL", ID[1:], f"{ID}0", f"{ID}\n", "none")
    ),
    *(
        ({name: ["1", "2"]}, f"{name} must be given once")
        for name in ("page", "perPage", "sortField", "sortDirection", "filter", "parentId", "query", "queryDeleted")
    ),
    *(
        ({f"{name}[0]": "1"}, f"{name} must be given once, without brackets")
        for name in ("page", "perPage", "sortField", "filter", "query", "tagsAsObject", "excludeConnectionInfo")
    ),
    *(({"query": text}, "query") for text in BAD_QUERIES),
    ({"query": '{"$or":[{"name":1},{"nope":1}]}'}, "query.$or.1.nope"),
    ({"query": '{"id":"x"}'}, "query.id"),
    ({"query": '{"tags.hall":"north"}'}, 'query."tags.hall" is not known here: {"tags": {"$tagKey": …, "$tagValue": …}}'),
    ({"query": '{"name":"\\ud800"}'}, "query.name"),
]


@pytest.mark.parametrize(("query", "named"), REFUSED, ids=lambda value: f"{value!s:.40}")
def test_what_is_refused_is_named(application: Application, query: Query, named: str) -> None:
    assert refusal(application.ask(handler, query=query), 400, query).startswith(named)


def test_of_several_that_are_given_twice_the_first_is_named(application: Application) -> None:
    query = {"sortField": ["name", "id"], "perPage": ["1", "2"], "page": ["1", "2"]}
    assert refusal(application.ask(handler, query=query), 400) == "page must be given once"


def test_a_hundred_selectors_are_accepted(application: Application) -> None:
    query = {f"tagFilter[{number}][key]": "a" for number in range(100)}
    assert len(shown(application, query)["tagFilter"]) == 100
