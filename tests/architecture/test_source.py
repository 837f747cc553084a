"""The rules for source code that a syntax tree can show."""

from __future__ import annotations

import ast
import re
import sys

import pytest

from muster.dialects import dialect_of
from muster.entries import WORKERS
from muster.home import ROOT
from muster.layers import THIRD_PARTY
from tests.architecture.source import ALL, PRODUCT, Source, functions, imported, names, routes, sources, workers

LONGEST_MODULE = 300
LONGEST_FUNCTION = 30
EVERYWHERE_IS_FOR = (
    "functions/workers/",
    "infra/muster/",
    "layers/fleet/python/fleet/access.py",
    "layers/fleet/python/fleet/identity/superuser.py",
)
"""Workers act for devices, the operator for the owner: neither has a caller whose reach could be asked. Superusers reach everything."""
ENVIRONMENT_IS_FOR = ("infra/muster/", "layers/fleet/python/fleet/aws/clients.py")
CORE = "layers/fleet/python/fleet"
ASKS = {"table.query", *(f"Write.{verb}" for verb in ("check", "delete", "put", "update")), "attempt", "transact", "write_alone"}
"""Calls that ask a table, or make a write for one; a store's items make writes too."""
_WRITES = re.compile(r"_\w+\.(create|replace)")
MOST_MODULES = 20
"""Modules of one room of the core."""
NO_NOUNS = {"utils", "common", "helpers", "base"}
PACKAGES = sorted(path.name for path in (ROOT / "functions").iterdir() if path.is_dir() and path.name[0] not in "_.")


@pytest.mark.parametrize("source", [*routes(), *workers()], ids=str)
class TestEveryEntry:
    def test_it_is_one_decorated_function_called_handler(self, source: Source) -> None:
        rest = [node for node in source.tree.body if not isinstance(node, ast.Import | ast.ImportFrom) and not _is_docstring(node)]
        made = [node for node in rest if isinstance(node, ast.FunctionDef) and node.decorator_list]
        assert [node.name for node in made] == ["handler"]
        assert len(made[0].decorator_list) == 1
        assert ast.get_docstring(made[0])
        assert _length(made[0]) <= LONGEST_FUNCTION

    def test_it_imports_its_own_dialect_the_edge_and_the_core(self, source: Source) -> None:
        """No other route, no other dialect, no third party."""
        folder = source.name.split("/")[1]
        own = {"edge", "fleet", *([] if folder == WORKERS else [dialect_of(folder).package]), *sys.stdlib_module_names}
        assert {name.partition(".")[0] for name in imported(source)} <= own


@pytest.mark.parametrize("source", sources(*ALL, "tests", "benchmarks"), ids=str)
def test_a_module_is_short(source: Source) -> None:
    assert len(source.text.splitlines()) < LONGEST_MODULE


@pytest.mark.parametrize("source", sources(*ALL), ids=str)
class TestEveryModule:
    def test_its_functions_are_short(self, source: Source) -> None:
        assert [node.name for node in functions(source) if _length(node) > LONGEST_FUNCTION] == []

    def test_it_says_what_it_is_for(self, source: Source) -> None:
        if source.tree.body and source not in (*routes(), *workers()):
            assert ast.get_docstring(source.tree)


@pytest.mark.parametrize("source", sources(*PRODUCT), ids=str)
class TestEveryModuleOfTheProduct:
    def test_it_catches_only_what_it_translates(self, source: Source) -> None:
        """Unexpected exceptions are caught in one place, the edge."""
        if "/edge/" not in source.name:
            caught = {ast.unparse(node.type) if node.type else "" for node in ast.walk(source.tree) if isinstance(node, ast.ExceptHandler)}
            assert not caught & {"", "Exception", "BaseException"}

    def test_it_never_scans(self, source: Source) -> None:
        assert not {name for name in names(source) if name.endswith(".scan")}
        assert not {node.value for node in ast.walk(source.tree) if isinstance(node, ast.Constant)} & {"scan", "Scan", "dynamodb:Scan"}

    def test_it_prints_nothing(self, source: Source) -> None:
        assert "print" not in names(source)


@pytest.mark.parametrize("source", [source for source in sources(*ALL) if not source.name.startswith(EVERYWHERE_IS_FOR)], ids=str)
def test_a_route_has_the_reach_of_its_caller(source: Source) -> None:
    assert "EVERYWHERE" not in names(source)
    made = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Reach"]
    assert not made


@pytest.mark.parametrize("source", [source for source in sources(*ALL) if not source.name.startswith(ENVIRONMENT_IS_FOR)], ids=str)
def test_the_environment_is_read_in_one_place(source: Source) -> None:
    assert not names(source) & {"os.environ", "environ", "os.getenv", "getenv"}


def test_what_touches_a_table_asks_for_the_reach() -> None:
    """A method of a store that names an AWS action takes the caller's reach first."""
    methods = {
        f"{owner.name}.{method.name}": [argument.arg for argument in method.args.args if argument.arg != "self"][:1]
        for source in sources(CORE)
        for owner in source.tree.body
        if isinstance(owner, ast.ClassDef)
        for method in owner.body
        if isinstance(method, ast.FunctionDef) and any(ast.unparse(mark).startswith("needs(") for mark in method.decorator_list)
    }
    assert len(methods) > 60
    assert {name: first for name, first in methods.items() if first != ["reach"]} == {}


def test_no_room_of_the_core_is_too_large() -> None:
    """A larger package holds more than one concern."""
    lines = {source.name: len(source.text.splitlines()) for source in sources(CORE)}
    rooms = [room for room in (ROOT / CORE).iterdir() if (room / "__init__.py").exists()]
    assert len(rooms) > 10
    for room in rooms:
        own = {name: count for name, count in lines.items() if name.startswith(f"{CORE}/{room.name}/")}
        assert len(own) - 1 <= MOST_MODULES, room.name
        assert sum(own.values()) <= sum(lines.values()) / 5, room.name


def calls_in(method: ast.FunctionDef) -> set[str]:
    """The calls in a function, as they are written."""
    return {ast.unparse(node.func) for node in ast.walk(method) if isinstance(node, ast.Call)}


def test_a_store_that_touches_a_table_names_its_actions() -> None:
    """What asks a table, or makes a write for one, carries `needs`: permissions follow from nothing else."""
    without = (f"{CORE}/aws/", f"{CORE}/directory/")  # they know no kind of row: who uses them names the rows
    stores = [source for source in sources(CORE) if not source.name.startswith(without)]
    owners = [node for source in stores for node in source.tree.body if isinstance(node, ast.ClassDef)]
    methods = [(owner.name, node) for owner in owners for node in owner.body if isinstance(node, ast.FunctionDef)]
    asking = [(owner, method) for owner, method in methods if any(call in ASKS or _WRITES.fullmatch(call) for call in calls_in(method))]
    assert len(asking) > 40
    assert [f"{owner}.{method.name}" for owner, method in asking if "needs(" not in "".join(map(ast.unparse, method.decorator_list))] == []


@pytest.mark.parametrize("place", [*EVERYWHERE_IS_FOR, *ENVIRONMENT_IS_FOR])
def test_an_exception_is_made_for_a_place_that_exists(place: str) -> None:
    assert (ROOT / place).exists()


def test_no_folder_is_called_after_nothing() -> None:
    folders = {path.name for name in (*ALL, "tests", "docs", "benchmarks") for path in (ROOT / name).rglob("*") if path.is_dir()}
    assert not folders & NO_NOUNS


@pytest.mark.parametrize("folder", PACKAGES)
def test_nothing_at_the_top_of_a_package_hides_a_module(folder: str) -> None:
    """On Lambda that folder is first on the path."""
    top = {path.stem for path in (ROOT / "functions" / folder).iterdir() if path.name[0] not in "_."}
    layers = {path.name for path in ROOT.glob("layers/**/python/*")}
    assert {"edge", "fleet"} <= layers
    packages = {package.replace("-", "_") for layer in THIRD_PARTY.values() for package in layer.packages}
    assert {"chalice", "pydantic"} <= packages
    assert not top & (sys.stdlib_module_names | layers | packages)


@pytest.mark.parametrize("source", sources("tests"), ids=str)
def test_a_test_replaces_nothing_inside(source: Source) -> None:
    """Tests call entries on an AWS in memory and may only set the environment."""
    assert not {name for name in imported(source) if name.split(".")[:2] == ["unittest", "mock"] or name == "mock"}
    assert not {name for name in names(source) if name.endswith((".setattr", "mocker.patch"))}


READS_WHOLE_TABLES = ("tests/cloud/",)
"""There, how many rows a local cloud holds is counted; elsewhere tests look into the AWS in memory, by key (tests/harness/aws.py)."""


@pytest.mark.parametrize("source", [source for source in sources("tests") if not source.name.startswith(READS_WHOLE_TABLES)], ids=str)
def test_a_test_scans_no_table(source: Source) -> None:
    assert not {name for name in names(source) if name.endswith(".scan")}
    asked = {ast.unparse(node) for node in ast.walk(source.tree) if isinstance(node, ast.Call)}
    assert not {call for call in asked if re.search(r"get_paginator\(.scan.\)$", call)}


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring."""
    first = node.body[0]
    docstring = (first.end_lineno or 0) - first.lineno + 1 if _is_docstring(first) else 0
    return (node.end_lineno or 0) - node.lineno + 1 - docstring


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
