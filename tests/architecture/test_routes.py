"""A route's declared read matches the parameter that its function takes and uses."""

from __future__ import annotations

import ast
import importlib
import inspect
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from edge.entry import Entry
from fleet.aws.reads import Read
from muster.home import ROOT
from muster.scaffold import METHODS
from tests.architecture.source import Source, routes

ROUTES = [(source, importlib.import_module(source.name.removesuffix(".py").replace("/", ".")).handler) for source in routes()]
LOADING = [(source, entry) for source, entry in ROUTES if entry.route.loads]
APIS = list({id(entry.dialect): entry.dialect for _, entry in ROUTES}.values())
OTHERS = [(source, entry) for source, entry in ROUTES if not entry.route.loads]


def named(value: Any) -> str | None:
    """A route file's path, in the ids of tests."""
    return value.name if isinstance(value, Source) else None


def test_there_are_routes_of_both_kinds() -> None:
    assert len(LOADING) > len(OTHERS) > 0


@pytest.mark.parametrize(("source", "entry"), LOADING, ids=named)
def test_a_route_takes_what_it_loads(source: Source, entry: Entry) -> None:
    asked = get_type_hints(entry.route.loads)["return"]
    assert get_origin(asked) is Read
    assert get_type_hints(entry.view).get("loaded") == get_args(asked)[0]


@pytest.mark.parametrize(("source", "entry"), LOADING, ids=named)
def test_a_route_uses_what_it_loads(source: Source, entry: Entry) -> None:
    (function,) = (node for node in source.tree.body if isinstance(node, ast.FunctionDef))
    assert "loaded" in {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}


@pytest.mark.parametrize(("source", "entry"), OTHERS, ids=named)
def test_a_route_that_loads_nothing_takes_nothing_loaded(source: Source, entry: Entry) -> None:
    assert "loaded" not in inspect.signature(entry.view).parameters


def test_the_scopes_of_an_api_are_in_the_files_that_it_says_list_them() -> None:
    assert {api.name for api in APIS if not api.scopes.names} == {api.name for api in APIS if not api.credentials}
    for api in APIS:
        places = [place for file in api.scopes.written_in for place in ROOT.glob(f"layers/**/python/{file}")]
        assert len(places) == len(api.scopes.written_in), api.scopes
        text = "".join(place.read_text() for place in places)
        assert not [name for name in api.scopes.names if f'"{name}"' not in text], api.scopes


def test_a_new_route_begins_with_a_scope_that_its_api_has() -> None:
    usual = [api for api in APIS if api.scopes.usual]
    assert usual
    for api in usual:
        assert set(api.scopes.usual) == set(METHODS), api.name
        assert set(api.scopes.usual.values()) <= set(api.scopes.names), api.name
