"""Syntax trees of the source, for tests of its rules."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from muster.home import ROOT

PRODUCT = ("functions", "layers")
ALL = (*PRODUCT, "infra")
_BLOCK = re.compile(r"(?:^ *`[^`\n]+`:\n\n)?^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Source:
    """A Python file: its path below the root, its text and its tree."""

    name: str
    text: str
    tree: ast.Module

    def __str__(self) -> str:
        return self.name


@functools.cache
def sources(*folders: str) -> tuple[Source, ...]:
    """The Python files of some folders of the project. Raises LookupError for a folder without any: no rule would be checked there."""
    found = {folder: sorted((ROOT / folder).rglob("*.py")) for folder in folders}
    if empty := [folder for folder, files in found.items() if not files]:
        raise LookupError(f"There is no Python file in {', '.join(empty)}: name folders that exist.")
    return tuple(_read(path) for files in found.values() for path in files)


def without_blocks(page: str) -> str:
    """A page without its blocks, which are the text of other files, and without the lines that name these files."""
    return _BLOCK.sub("", page)


@functools.cache
def routes() -> tuple[Source, ...]:
    """The files of routes: those below a resource folder of a dialect."""
    return tuple(file for file in sources("functions") if len(Path(file.name).parts) > 3 and not file.name.startswith("functions/workers"))


@functools.cache
def workers() -> tuple[Source, ...]:
    return sources("functions/workers")


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@functools.cache
def stored() -> dict[str, ast.FunctionDef]:
    """The static methods of the core's classes that touch a table, by class and name, whichever module they are in.

    They carry `needs` on a table, or return a Read.
    """
    owners = [node for source in sources("layers/fleet") for node in source.tree.body if isinstance(node, ast.ClassDef)]
    methods = {f"{owner.name}.{node.name}": node for owner in owners for node in owner.body if isinstance(node, ast.FunctionDef)}
    return {name: method for name, method in methods.items() if _touches_a_table(method)}


def performs(method: ast.FunctionDef) -> bool:
    """Whether a method declares AWS actions on a table."""
    return any(re.match(r"needs\('\w+Table'", ast.unparse(mark)) for mark in method.decorator_list)


def _touches_a_table(method: ast.FunctionDef) -> bool:
    if not any(ast.unparse(mark) == "staticmethod" for mark in method.decorator_list):
        return False
    return performs(method) or (method.returns is not None and ast.unparse(method.returns).startswith("Read["))


def imported(source: Source) -> set[str]:
    """The modules that a file names in its imports, at the top or inside; `from a import b` counts as a and a.b."""
    found: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def names(source: Source) -> set[str]:
    """The names and dotted names that a file uses, imports included."""
    found = {name.rpartition(".")[2] for name in imported(source)}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(ast.unparse(node))
    return found


@functools.cache
def _read(path: Path) -> Source:
    text = path.read_text()
    return Source(path.relative_to(ROOT).as_posix(), text, ast.parse(text))
