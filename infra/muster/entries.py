"""The handlers below `functions/`: those of routes, of fallbacks and of workers."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge.route import Entry, Fallback
from edge.worker import Entry as WorkerEntry
from muster.home import ROOT

WORKERS = "workers"


def routes(root: Path = ROOT) -> list[Entry]:
    """Every route."""
    return [handler for handler in _handlers(root, "*/*/*.py") if isinstance(handler, Entry)]


def fallbacks(root: Path = ROOT) -> list[Fallback]:
    """The fallback of each dialect."""
    return [handler for handler in _handlers(root, "*/fallback.py") if isinstance(handler, Fallback)]


def workers(root: Path = ROOT) -> dict[str, WorkerEntry]:
    """Every worker by its name."""
    found = _handlers(root, f"{WORKERS}/**/*.py")
    return {handler.worker.name: handler for handler in found if isinstance(handler, WorkerEntry)}


def _handlers(root: Path, pattern: str) -> Iterator[Any]:
    """The `handler` of each module under `functions` that fits; `root` is on Python's path."""
    for file in sorted((root / "functions").glob(pattern)):
        if not file.name.startswith("_"):
            yield getattr(importlib.import_module(".".join(file.relative_to(root).with_suffix("").parts)), "handler", None)
