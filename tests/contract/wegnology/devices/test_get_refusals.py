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
    *(({"deviceClass": text}, "deviceClass.0") for text in ("", "Gateway", "x", "null")),
    ({"deviceClass[1]": ""}, "deviceClass.0"),
    ({"deviceClass": ["gateway", "x"]}, "deviceClass.1"),
    ({"deviceClass[a]": "gateway"}, "deviceClass must be an array"),
    ({"tagFilter[key]": "a"}, "tagFilter must be an array"),
    ({"tagFilter": "a"}, "tagFilter.0"),
    ({"tagFilter[0][key]": ""}, "tagFilter.0.key"),
    ({"tagFilter[0][value]": ""}, "tagFilter.0.value"),
    ({"tagFilter[0][key]": "a b"}, "tagFilter.0.key"),
    ({"tagFilter[0]": "a"}, "tagFilter.0"),
    ({"tagFilter[0][key]": ["a", "b"]}, "tagFilter.0.key"),
    ({"tagFilter[0][more]": "a"}, "tagFilter.0.more is not known"),
    ({f"tagFilter[{number}][key]": "a" for number in range(101)}, "tagFilter must have at most 100"),
    *(({"parentId": text}, "parentId") for text in ("x", "NULL", ID[1:], f"{ID}0", f"{ID}\n", "none")),
    *(
        ({name: ["1", "2"]}, name)
        for name in ("page", "perPage", "sortField", "sortDirection", "filter", "parentId", "query", "queryDeleted")
    ),
    *(({f"{name}[0]": "1"}, name) for name in ("page", "perPage", "sortField", "filter", "query", "tagsAsObject", "excludeConnectionInfo")),
    *(({"query": text}, "query") for text in BAD_QUERIES),
    ({"query": '{"$or":[{"name":1},{"nope":1}]}'}, "query.$or.1.nope"),
    ({"query": '{"id":"x"}'}, "query.id"),
    ({"query": '{"name":"\\ud800"}'}, "query.name"),
]


@pytest.mark.parametrize(("query", "named"), REFUSED, ids=lambda value: f"{value!s:.40}")
def test_what_is_refused_is_named(application: Application, query: Query, named: str) -> None:
    assert refusal(application.ask(handler, query=query), 400, query).startswith(named)


def test_a_hundred_selectors_are_accepted(application: Application) -> None:
    query = {f"tagFilter[{number}][key]": "a" for number in range(100)}
    assert len(shown(application, query)["tagFilter"]) == 100
