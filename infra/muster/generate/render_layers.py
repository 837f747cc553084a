"""Rendering: what a third-party layer installs, as pinned and hashed in `requirements.lock`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from muster.entries import Mistake
from muster.generate.model import HEADER


def requirements(names: Iterable[str], lock: Mapping[str, str]) -> str:
    """`requirements.txt` of a layer: the entries of these packages in the lock."""
    wanted = [name for name in names if name]
    for name in wanted:
        if name not in lock:
            raise Mistake(f"requirements.lock has no {name}, which a layer needs")
    return "".join([f"# {HEADER}\n", *(lock[name] for name in sorted(wanted))])


def entries(lock: str) -> Mapping[str, str]:
    """The entries of a lock file by package, each with its hashes."""
    found: dict[str, str] = {}
    name = ""
    for line in lock.splitlines(keepends=True):
        if not line.startswith((" ", "#")):
            name = line.partition("==")[0].strip()
        if name:
            found[name] = found.get(name, "") + line
    return found
