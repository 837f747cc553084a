"""The Lambda entry points below `functions`: the `handler` of every route, fallback and worker, imported from its file.

A function takes the project's folder, whose `functions` must be the one that Python imports, and raises Mistake for a
file that does not hold what its place promises.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from edge.entry import Entry
from edge.fallback import Fallback
from edge.worker import WorkerEntry
from muster.dialects import DIALECTS, dialect_of, packages
from muster.home import ROOT

WORKERS = "workers"
"""The folder of the workers; every other one holds the routes of an API that is listed."""
# An API that was just listed is found before the project is installed anew, with the folders that pyproject.toml then names.
sys.path += sorted({str(ROOT / f"layers/dialects/{package}/python") for package in packages()} - set(sys.path))


class Mistake(Exception):
    """The declarations cannot be deployed as they are; the message says which and why."""


def routes(root: Path = ROOT) -> list[Entry]:
    """Every route, by dialect, path and method."""
    found = [entry for dialect in dialects(root) for entry in routes_of(dialect, root).values()]
    return sorted(found, key=lambda entry: (entry.route.dialect, entry.route.path, entry.route.method))


def fallbacks(root: Path = ROOT) -> dict[str, Fallback]:
    """The fallback of each dialect, by every prefix of its paths."""
    return {prefix: fallback_of(dialect, root) for dialect in dialects(root) for prefix in dialect_of(dialect).prefixes}


def workers(root: Path = ROOT) -> dict[str, WorkerEntry]:
    """Every worker by its name."""
    return {entry.worker.name: entry for entry in placed_workers(root).values()}


def dialects(root: Path = ROOT) -> list[str]:
    """The folders that hold a dialect's routes: those that are listed, and no others."""
    folders = {path.name for path in (root / "functions").iterdir() if path.is_dir() and not path.name.startswith(("_", "."))}
    known = {each.folder for each in DIALECTS}
    if strangers := folders - known - {WORKERS}:
        raise Mistake(f"functions/{min(strangers)} is no API that is listed: add it to infra/muster/dialects.py")
    if missing := known - folders:
        raise Mistake(f"infra/muster/dialects.py lists {min(missing)}, but there is no functions/{min(missing)}")
    return sorted(known)


def routes_of(dialect: str, root: Path = ROOT) -> Mapping[str, Entry]:
    """The routes of a dialect by the dotted place of their file (`gateway.get_status`)."""
    found: dict[str, Entry] = {}
    for place in _places(root / "functions" / dialect):
        entry = _handler(root, dialect, place)
        if not isinstance(entry, Entry) or entry.route.dialect != dialect:
            raise Mistake(f"functions/{dialect}/{place}: handler is not a route of {dialect}")
        found[place] = entry
    return found


def fallback_of(dialect: str, root: Path = ROOT) -> Fallback:
    """What answers for the paths that no route of a dialect declares."""
    entry = _handler(root, dialect, "fallback")
    if not isinstance(entry, Fallback) or entry.dialect.name != dialect:
        raise Mistake(f"functions/{dialect}/fallback.py: handler is not the fallback of {dialect}")
    return entry


def placed_workers(root: Path = ROOT) -> Mapping[str, WorkerEntry]:
    """The workers by the dotted place of their file (`uplink.receive`)."""
    found: dict[str, WorkerEntry] = {}
    for place in _places(root / "functions" / WORKERS):
        entry = _handler(root, WORKERS, place)
        if not isinstance(entry, WorkerEntry):
            raise Mistake(f"functions/{WORKERS}/{place}: handler is not a worker")
        found[place] = entry
    return found


def _places(folder: Path) -> Iterator[str]:
    """The dotted places of all files below the resource folders."""
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        if len(parts) > 1 and parts[-1] != "__init__":
            yield ".".join(parts)


def _handler(root: Path, folder: str, place: str) -> Any:
    module = importlib.import_module(f"functions.{folder}.{place}")
    if module.__file__ is None or not Path(module.__file__).resolve().is_relative_to((root / "functions" / folder).resolve()):
        raise Mistake(f"functions.{folder}.{place} is imported from elsewhere: {module.__file__}")
    return getattr(module, "handler", None)
