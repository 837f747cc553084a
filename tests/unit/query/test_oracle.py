"""Random queries against a second account of what they mean. Both have to agree on every device."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from fleet.query.parse import parse, parse_text
from tests.unit.query.documents import QUERIES, devices
from tests.unit.query.oracle import means

DEVICES = devices(60)


def queries_that_agree(count: int) -> list[int]:
    """Judge so many queries, always the same ones; returns how many devices each of them means."""
    meant: list[int] = []

    @settings(max_examples=count, derandomize=True, database=None, deadline=None)
    @given(QUERIES)
    def judge(document: dict[str, Any]) -> None:
        query, sent = parse(document), parse_text(json.dumps(document))
        assert sent.document == document
        known = [(row, {row.id: connection} if connection else {}, connection) for row, connection in DEVICES]
        expected = [means(document, row, connection) for row, _, connection in known]
        assert [query.matches(row, connections) for row, connections, _ in known] == expected
        assert [bool(sent.among([row], connections)) for row, connections, _ in known] == expected
        meant.append(sum(expected))

    judge()
    return meant


def test_a_query_means_what_the_contract_says() -> None:
    assert len(queries_that_agree(40)) >= 40


@pytest.mark.slow
def test_thousands_of_queries_mean_what_the_contract_says() -> None:
    meant = queries_that_agree(2500)
    assert len(meant) >= 2500
    assert sum(0 < count < len(DEVICES) for count in meant) > len(meant) / 3, "most of them say nothing"
