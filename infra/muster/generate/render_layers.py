"""Rendering: what a third-party layer installs, as pinned and hashed in `requirements.lock`, and the makefiles of all layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from muster.dialects import DIALECTS
from muster.entries import Mistake
from muster.generate.model import HEADER
from muster.layers import THIRD_PARTY


def requirements(names: Iterable[str], lock: Mapping[str, str]) -> str:
    """`requirements.txt` of a layer: the entries of these packages in the lock."""
    wanted = sorted(names)
    for name in wanted:
        if name not in lock:
            raise Mistake(f"requirements.lock has no {name}, which a layer needs: add it to pyproject.toml and run `make lock`")
    return "".join([f"# {HEADER}\n", *(lock[name] for name in wanted)])


def makefiles() -> dict[str, str]:
    """The makefile of every layer, by its path: what `sam build` runs."""
    apis = {f"layers/dialects/{each.package}/Makefile": _makefile(each.layer, each.package) for each in DIALECTS}
    third_party = {f"layers/{each.name}/Makefile": _makefile(each.id, each.name) for each in THIRD_PARTY.values()}
    return {"layers/fleet/Makefile": _makefile("FleetLayer", "fleet")} | third_party | apis


def _makefile(layer: str, package: str) -> str:
    """By the logical id of the layer and the name of its package."""
    return (
        f"# {HEADER}\n"
        "# Run by `sam build` in a copy of this folder. MUSTER is the project's command; it builds what `make build` does.\n"
        "MUSTER ?= muster\n"
        "ARCHITECTURE ?= arm64\n\n"
        f"build-{layer}:\n"
        f'\t$(MUSTER) build --architecture "$(ARCHITECTURE)" --package {package} --into "$(ARTIFACTS_DIR)"\n'
    )


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
