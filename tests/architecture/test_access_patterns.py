"""docs/access-patterns.md has every read and write of the tables, each once, under the method that makes it."""

from __future__ import annotations

import ast
import re
from collections import Counter

import pytest

from muster.home import ROOT
from tests.architecture.source import stored

_ROW = re.compile(r"^\| (?P<number>[A-Z]+[0-9]+) \|(?:[^|]*\|){2} `(?P<method>\w+\.\w+)` \|", re.MULTILINE)
_NUMBERED = re.compile(r"^\| [A-Z]+[0-9]+ \|", re.MULTILINE)
TEXT = (ROOT / "docs/access-patterns.md").read_text()
PATTERNS = [(row["number"], row["method"]) for row in _ROW.finditer(TEXT)]


def test_there_is_something_to_compare() -> None:
    assert len(stored()) > 90
    assert len(PATTERNS) == len(_NUMBERED.findall(TEXT)), "each row names one method, as `Class.method`"


def test_no_number_and_no_method_is_used_twice() -> None:
    for used in zip(*PATTERNS, strict=True):
        assert [each for each, times in Counter(used).items() if times > 1] == []


@pytest.mark.parametrize("name", stored())
def test_what_touches_a_table_is_a_pattern(name: str) -> None:
    assert name in {method for _, method in PATTERNS}


@pytest.mark.parametrize(("number", "name"), PATTERNS)
def test_a_pattern_is_a_method_that_says_its_number(number: str, name: str) -> None:
    assert name in stored()
    assert (ast.get_docstring(stored()[name]) or "").startswith(f"{number}: ")
