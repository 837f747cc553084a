"""docs/glossary.md names every model of the core, and no class that is not there."""

from __future__ import annotations

import ast
import re

from muster.home import ROOT
from tests.architecture.source import Source, sources

CORE = "layers/fleet/python/fleet"
_NAMED = re.compile(r"`([a-z_]+(?:\.[a-z_]+)+\.[A-Z]\w+)`")
_VALUES = {"Value", "Versioned", "Entity"}


def classes() -> list[tuple[str, ast.ClassDef]]:
    """The public classes of the rooms, each with its module below the core (`room.module`)."""
    placed = [(_module(source), node) for source in sources(CORE) for node in source.tree.body if isinstance(node, ast.ClassDef)]
    return [(module, node) for module, node in placed if "." in module and not node.name.startswith("_")]


def _module(source: Source) -> str:
    return source.name.removeprefix(f"{CORE}/").removesuffix(".py").replace("/", ".")


def values(names: set[str]) -> set[str]:
    """These classes and all that inherit from them."""
    more = {node.name for _, node in classes() for base in node.bases if ast.unparse(base) in names}
    return names if more <= names else values(names | more)


def models() -> set[str]:
    """The values, entities and dataclasses of the rooms, as `room.module.Class`."""
    known = values(_VALUES)
    return {
        f"{module}.{node.name}"
        for module, node in classes()
        if node.name in known or any(ast.unparse(mark).startswith("dataclass") for mark in node.decorator_list)
    }


def named() -> set[str]:
    return set(_NAMED.findall((ROOT / "docs/glossary.md").read_text()))


def test_there_is_something_to_compare() -> None:
    assert {"registry.device.Device", "configuration.battery.Monitored", "identity.sign_in.SignedIn"} <= models()


def test_every_model_is_in_the_glossary() -> None:
    assert sorted(models() - named()) == [], "give each a line in docs/glossary.md"


def test_the_glossary_names_no_class_that_is_not_there() -> None:
    assert sorted(named() - models()) == [], "take these lines out of docs/glossary.md, or give them the class's name of today"
