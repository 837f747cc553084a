"""The modules that an entry loads before its first call, which every cold start pays for."""

from __future__ import annotations

import functools
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from muster.dialects import dialect_of
from muster.home import ROOT
from tests.architecture.source import Source, imported, routes, sources, workers

pytestmark = pytest.mark.slow  # every entry is loaded in turn

SHARED = "edge.observe"
"""The shared runtime, which every function loads."""
THIRD_PARTY = {
    "annotated_types",
    "aws_lambda_powertools",
    "botocore",
    "chalice",
    "jmespath",
    "pydantic",
    "pydantic_core",
    "typing_extensions",
    "typing_inspection",
}
ENTRIES = {source.name.removesuffix(".py").replace("/", "."): source for source in (*routes(), *workers())}


@functools.cache
def loaded() -> dict[str, set[str]]:
    """The modules that each entry loads, measured in a separate process."""
    program = Path(__file__).with_name("import_probe.py")
    done = subprocess.run([sys.executable, program, SHARED, *ENTRIES], capture_output=True, text=True, cwd=ROOT, check=True)
    modules_by_name: dict[str, list[str]] = json.loads(done.stdout)
    assert all(name in modules for name, modules in modules_by_name.items())
    return {name: set(modules) for name, modules in modules_by_name.items()}


@pytest.mark.parametrize("name", [SHARED, *ENTRIES])
class TestEveryEntry:
    def test_it_makes_no_client(self, name: str) -> None:
        """Powertools names itself to the bare `botocore`; a client needs its session."""
        assert not {module for module in loaded()[name] if module == "boto3" or module.startswith(("boto3.", "botocore."))}

    def test_it_loads_no_cryptography(self, name: str) -> None:
        assert not {module for module in loaded()[name] if module.partition(".")[0] in ("cryptography", "cffi", "_cffi_backend")}

    def test_it_loads_only_the_third_parties_of_its_layers(self, name: str) -> None:
        assert {top for top in {module.partition(".")[0] for module in loaded()[name]} if _is_third_party(top)} <= THIRD_PARTY


@pytest.mark.parametrize("name", [name for name in ENTRIES if not name.startswith("functions.workers")])
def test_it_loads_only_the_shapes_that_it_names(name: str) -> None:
    prefix = f"{dialect_of(name.split('.')[1]).package}.shapes."
    assert {module for module in loaded()[name] if module.startswith(prefix)} == _closure(ENTRIES[name], prefix)


def _closure(source: Source, prefix: str) -> set[str]:
    """The modules below the prefix that a file imports, directly or indirectly."""
    known = {file.name.partition("/python/")[2].removesuffix(".py").replace("/", "."): file for file in sources("layers/dialects")}
    found: set[str] = set()
    todo = [source]
    while todo:
        for module in {module for module in imported(todo.pop()) if module.startswith(prefix) and module in known} - found:
            found.add(module)
            todo.append(known[module])
    return found


def _is_third_party(top: str) -> bool:
    if top in sys.stdlib_module_names or top.startswith("_"):
        return False
    found = importlib.util.find_spec(top)
    return bool(found and found.origin and "site-packages" in found.origin)
