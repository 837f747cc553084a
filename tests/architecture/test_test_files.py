"""Where the tests of a route are: functions/<api>/<resource>/<verb>.py has tests/contract/<api>/<resource>/test_<verb>.py."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from muster.home import ROOT
from tests.architecture.source import Source, functions, routes, sources


@pytest.mark.parametrize("route", routes(), ids=str)
def test_a_route_has_a_test_file_of_its_name_that_calls_it(route: Source) -> None:
    _, *folders, file = Path(route.name).parts
    name = Path("tests", "contract", *folders, f"test_{file}").as_posix()
    test = next((each for each in sources("tests/contract") if each.name == name), None)
    assert test, f"write {name}"
    module = ".".join(Path(route.name).with_suffix("").parts)
    assert _calls(test, module), f"write a test in {name} that calls the handler of {module}"


def test_every_resource_of_contract_tests_is_one_of_routes() -> None:
    """A folder of tests without routes is an error."""
    tested = {file.parent.relative_to(ROOT / "tests/contract") for file in (ROOT / "tests/contract").glob("*/*/test_*.py")}
    assert tested <= {Path(route.name).parent.relative_to("functions") for route in routes()}


def _calls(test: Source, module: str) -> bool:
    """Whether a test of the file uses the handler of this module: itself, or through functions of the same file."""
    used = {each.name: _used(each) for each in functions(test)}
    users = {name for name, names in used.items() if names & _spellings(test, module)}
    while more := {name for name, names in used.items() if names & users} - users:
        users |= more
    return any(name.startswith("test_") for name in users)


def _spellings(test: Source, module: str) -> set[str]:
    """The names of a module's handler in a file, by its imports: `get.handler`, or the name it is imported as."""
    package, _, verb = module.rpartition(".")
    imports = [node for node in test.tree.body if isinstance(node, ast.ImportFrom)]
    modules = {alias.asname or alias.name for node in imports if node.module == package for alias in node.names if alias.name == verb}
    handlers = {alias.asname or alias.name for node in imports if node.module == module for alias in node.names if alias.name == "handler"}
    return {f"{name}.handler" for name in modules} | handlers


def _used(function: ast.AST) -> set[str]:
    """The names that a function uses, dotted ones whole and by their last part."""
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found |= {node.attr, ast.unparse(node)}
    return found
