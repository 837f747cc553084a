"""docs/aws.md: each difference between AWS and what the tests run on names a test that exists."""

from __future__ import annotations

import ast
import re

import pytest

from muster.home import ROOT
from tests.architecture.source import sources

ROW = re.compile(r"^\|(?! AWS \||-)(?P<aws>[^|]+)\|(?P<muster>[^|]+)\|(?P<held>[^|]+)\|$", re.MULTILINE)
NAME = re.compile(r"`(tests/[\w/]+\.py(?:::\w+)+)`")
PAGE = (ROOT / "docs/aws.md").read_text()
ROWS = [match["held"].strip() for match in ROW.finditer(PAGE)]


def _tests_of(name: str, body: list[ast.stmt]) -> set[str]:
    """The tests in a piece of source, each with what it is in: `path::Class::test`."""
    found = {f"{name}::{each.name}" for each in body if isinstance(each, ast.FunctionDef) and each.name.startswith("test")}
    return found.union(*(_tests_of(f"{name}::{each.name}", each.body) for each in body if isinstance(each, ast.ClassDef)))


def named_tests(text: str) -> set[str]:
    """The tests that a text names, as `tests/…/test_….py::test_…`."""
    return set(NAME.findall(text))


def names_of_tests() -> set[str]:
    """Every test that there is."""
    return set().union(*(_tests_of(source.name, source.tree.body) for source in sources("tests")))


def test_every_row_is_read() -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("|")]
    assert len(ROWS) == len(lines) - 2 * PAGE.count("\n|---|"), "a row of docs/aws.md needs three cells: AWS, Muster, held by"


@pytest.mark.parametrize("held", ROWS)
def test_a_row_names_tests_that_exist(held: str) -> None:
    named = named_tests(held)
    assert named, "name the test that holds the row as `tests/…/test_….py::test_…`"
    assert named <= names_of_tests()
