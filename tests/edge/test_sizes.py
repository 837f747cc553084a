"""An answer that Lambda would not carry is smaller, compressed, or an error that says what makes it smaller."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from edge.answer import Answer
from edge.dialect import json_answer
from edge.entry import Entry
from edge.request import Call
from edge.route import PUBLIC
from edge.shape import Strict
from edge.sizes import MOST_PAYLOAD, ROOM, fill, payload_size
from tests.edge.calls import problems_of
from tests.edge.library import LIBRARY
from tests.harness.call import Context, answered, event

API = replace(LIBRARY, error_body=problems_of, page_size="per_page")
GZIP = {"Accept-Encoding": "gzip"}


class Filled(Strict):
    """How large an answer is to be, and of what."""

    per_page: str = "0"
    of: str = "x"


def _filled(call: Call, query: Filled) -> Answer:
    """Answer as many repetitions of a text as the query says."""
    return json_answer(200, {"page": query.of * int(query.per_page)})


def _random(call: Call) -> Answer:
    """Answer text that compression makes larger: base64 of it takes a third more."""
    return json_answer(200, {"page": os.urandom(3 * 1024 * 1024).decode("latin-1")[:3_100_000].replace('"', "").replace("\\", "")})


def _plain(call: Call) -> Answer:
    """Answer more than fits."""
    return json_answer(200, {"page": "x" * MOST_PAYLOAD})


FILLED = API.route("GET", "/filled", "filled", scope=PUBLIC)(_filled)
PLAIN = API.route("GET", "/plain", "plain", scope=PUBLIC)(_plain)


def sent(entry: Entry, headers: Mapping[str, str] | None = None, **query: str) -> dict[str, Any]:
    """What a function hands to Lambda; never more than Lambda takes."""
    response: dict[str, Any] = entry(event("GET", entry.route.resource, query=query, headers=headers), Context())
    assert payload_size(response) <= MOST_PAYLOAD
    return response


@pytest.mark.parametrize(
    ("of", "most"), [("x", 6_291_000), ('"', 1_572_700), ("ž", 3_145_000)], ids=["plain", "escaped twice", "two bytes"]
)
def test_an_answer_counts_as_it_is_sent(of: str, most: int) -> None:
    assert sent(FILLED, per_page=str(most), of=of)["statusCode"] == 200
    assert sent(FILLED, per_page=str(most + 1000), of=of)["statusCode"] == 400


def test_what_is_too_large_is_refused_and_names_the_parameter() -> None:
    answer = answered(sent(FILLED, per_page=str(MOST_PAYLOAD)))
    assert (answer.status, [each["place"] for each in answer.json["problems"]]) == (400, [["per_page"]])
    assert answer.headers["X-Request-Id"] == "11111111-2222-4333-8444-555555555555"
    assert answer.headers["X-Library"] == "true"


def test_what_is_too_large_is_sent_to_who_takes_it_compressed() -> None:
    answer = answered(sent(FILLED, GZIP, per_page=str(4 * MOST_PAYLOAD)))
    assert (answer.status, answer.encoding, len(answer.json["page"])) == (200, "gzip", 4 * MOST_PAYLOAD)


def test_without_a_page_size_the_error_says_to_ask_for_compression() -> None:
    answer = answered(sent(PLAIN))
    assert (answer.status, [each["place"] for each in answer.json["problems"]]) == (400, [["Accept-Encoding"]])
    assert answered(sent(PLAIN, GZIP)).status == 200


def test_what_compression_makes_too_large_is_sent_without() -> None:
    entry = API.route("GET", "/random", "random", scope=PUBLIC)(_random)
    answer = answered(sent(entry, GZIP))
    assert answer.status == 200
    assert len(answer.content) > 4_000_000


def test_a_list_ends_where_an_answer_is_full_and_reads_one_more_at_most() -> None:
    read: list[int] = []

    def entries() -> Any:
        for number in range(10_000):
            read.append(number)
            yield {"n": "x" * 99_990}

    found, more = fill(entries())
    assert (len(found), more, len(read)) == (ROOM // 100_003, True, ROOM // 100_003 + 1)
    assert fill([1, 2, 3], 2) == ([1, 2], True)
    assert fill([1, 2, 3], 3) == ([1, 2, 3], False)
    assert fill([]) == ([], False)
