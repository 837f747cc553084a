"""The third-party layers: each holds all that its packages need, and nothing that is not locked."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import chalice
import pytest
from packaging.requirements import Requirement

from muster.generate import ROOT

ENVIRONMENT = {"platform_system": "Linux", "sys_platform": "linux", "python_version": "3.13", "python_full_version": "3.13.0", "extra": ""}
LAMBDA_NEEDS_NONE = {"chalice"}
"""Chalice's requirements are those of its command: of the package only the runtime is kept."""


def packages(layer: str) -> set[str]:
    return set((ROOT / "layers" / layer / "packages.txt").read_text().split())


def needed(package: str) -> Iterator[str]:
    for line in importlib.metadata.requires(package) or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(ENVIRONMENT):
            yield re.sub(r"[-_.]+", "-", requirement.name).lower()


@pytest.mark.parametrize("layer", ["dependencies", "cryptography"])
def test_it_is_complete(layer: str) -> None:
    there = packages(layer) | packages("dependencies")
    for package in packages(layer) - LAMBDA_NEEDS_NONE:
        assert set(needed(package)) <= there, package


@pytest.mark.parametrize("layer", ["dependencies", "cryptography"])
def test_it_installs_what_is_locked(layer: str) -> None:
    lock = (ROOT / "requirements.lock").read_text()
    entries = (ROOT / "layers" / layer / "requirements.txt").read_text().partition("\n")[2]
    assert {line.partition("==")[0] for line in entries.splitlines() if not line.startswith(" ")} == packages(layer)
    for entry in re.split(r"\n(?=\S)", entries.rstrip("\n")):
        assert entry in lock
        assert "--hash=sha256:" in entry


def test_every_client_has_its_description_in_the_layer() -> None:
    kept = re.search(r"^SERVICES := (.*)$", (ROOT / "layers/dependencies/Makefile").read_text(), re.MULTILINE)
    made = re.findall(r'_client\("(\w+)"\)', (ROOT / "layers/fleet/python/fleet/aws.py").read_text())
    assert kept
    assert made
    assert set(made) == set(kept[1].split())


def test_the_runtime_of_chalice_stands_alone(tmp_path: Path) -> None:
    """As the layer has it: two files, and none of its requirements."""
    (tmp_path / "chalice").mkdir()
    for name in ("__init__.py", "app.py"):
        shutil.copy(Path(chalice.__file__).with_name(name), tmp_path / "chalice")
    program = f"import sys; sys.path.append({str(tmp_path)!r}); import chalice.app; chalice.app.Chalice(app_name='alone')"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
