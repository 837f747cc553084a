"""The suite covers every dialect, and knows a dialect only through its module."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from muster.entries import dialects
from tests.architecture.source import Source, sources
from tests.suite.dialect import Seeds, profile
from tests.suite.routes import every_route

NEUTRAL = {"cost", "dialect", "outcomes", "refusals", "routes", "world"}
"""Modules that all dialects share."""
PROMISES = [source for source in sources("tests/suite") if (stem := Path(source.name).stem) in NEUTRAL or stem.startswith("test_")]


def test_the_promises_are_there() -> None:
    assert {Path(source.name).stem for source in PROMISES} >= NEUTRAL
    assert len(dialects()) > 1


@pytest.mark.parametrize("source", PROMISES, ids=str)
def test_a_promise_names_no_dialect(source: Source) -> None:
    names = {*dialects(), *(entry.route.name for entry in every_route())}
    text = re.sub("media types?", "", source.text)  # a term of HTTP
    assert {name for name in names if re.search(rf"\b{name}\b", text, re.IGNORECASE)} == set()


@pytest.mark.parametrize("dialect", dialects())
def test_every_dialect_has_its_module(dialect: str) -> None:
    assert issubclass(profile(dialect).seeds, Seeds)


def test_for_a_dialect_without_its_module_it_is_said_what_to_write() -> None:
    with pytest.raises(LookupError, match=r"routes of acme: write tests/suite/acme\.py"):
        profile("acme")
