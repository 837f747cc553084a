"""What returns a deferred read says which rows it is of, or IAM denies them to a route (docs/adr/0031-grants-name-kinds-of-rows.md)."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.source import PRODUCT, Source, functions, sources

BUILDERS = (
    "layers/fleet/python/fleet/aws/reads.py",
    "layers/fleet/python/fleet/aws/items.py",
    "layers/fleet/python/edge/checks.py",
)
"""They make or compose reads of keys that others choose."""


def silent(source: Source) -> list[str]:
    """The functions that return a Read and say neither `reads_rows` nor `uses`."""
    return [each.name for each in functions(source) if _returns_a_read(each) and not _says(each)]


def _returns_a_read(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return function.returns is not None and ast.unparse(function.returns).startswith("Read[")


def _says(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(mark).startswith(("reads_rows(", "uses(")) for mark in function.decorator_list)


@pytest.mark.parametrize("source", [each for each in sources(*PRODUCT) if each.name not in BUILDERS], ids=str)
def test_a_read_says_which_rows_it_is_of(source: Source) -> None:
    assert silent(source) == []


@pytest.mark.parametrize("mark", ["@reads_rows(key(ANY))", "@uses(Things.by_tuid)"])
def test_a_function_without_a_mark_is_found(mark: str) -> None:
    text = "def thing(tuid: str) -> Read[Thing]:\n    return Things.by_tuid(tuid)\n"
    assert silent(Source("x.py", text, ast.parse(text))) == ["thing"]
    assert silent(Source("x.py", f"{mark}\n{text}", ast.parse(f"{mark}\n{text}"))) == []
