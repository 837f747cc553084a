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

from muster.build.descriptions import operations
from muster.generate.collect import collect
from muster.home import ROOT
from muster.layers import THIRD_PARTY

ENVIRONMENT = {"platform_system": "Linux", "sys_platform": "linux", "python_version": "3.13", "python_full_version": "3.13.0", "extra": ""}
LAMBDA_NEEDS_NONE = {"chalice"}
"""Chalice's requirements are those of its command: of the package only the runtime is kept."""


def packages(layer: str) -> set[str]:
    return set(THIRD_PARTY[layer].packages)


def needed(package: str) -> Iterator[str]:
    for line in importlib.metadata.requires(package) or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(ENVIRONMENT):
            yield re.sub(r"[-_.]+", "-", requirement.name).lower()


@pytest.mark.parametrize("layer", sorted(THIRD_PARTY))
def test_it_is_complete(layer: str) -> None:
    there = packages(layer) | packages("dependencies")
    for package in packages(layer) - LAMBDA_NEEDS_NONE:
        assert set(needed(package)) <= there, package


@pytest.mark.parametrize("layer", sorted(THIRD_PARTY))
def test_it_installs_what_is_locked(layer: str) -> None:
    lock = (ROOT / "requirements.lock").read_text()
    entries = (ROOT / "layers" / layer / "requirements.txt").read_text().partition("\n")[2]
    assert {line.partition("==")[0] for line in entries.splitlines() if not line.startswith(" ")} == packages(layer)
    for entry in re.split(r"\n(?=\S)", entries.rstrip("\n")):
        assert entry in lock
        assert "--hash=sha256:" in entry


@pytest.mark.parametrize("layer", sorted(THIRD_PARTY))
def test_nothing_in_it_is_under_the_gpl(layer: str) -> None:
    """Muster is Apache-2.0, and is deployed with what its layers hold."""
    for package in packages(layer):
        about = importlib.metadata.metadata(package)
        licence = [about[member] for member in ("License-Expression", "License") if member in about]
        licence += [line for line in about.get_all("Classifier", []) if line.startswith("License ::")]
        assert licence, package
        assert not [each for each in licence if re.search(r"\b[AL]?GPL|GNU", each)], package


def test_every_client_may_do_something() -> None:
    """The layer keeps botocore's descriptions of what grants name: a client that no grant is for could not be made."""
    made = re.findall(r'_client\("(\w+)"\)', (ROOT / "layers/fleet/python/fleet/aws/clients.py").read_text())
    project = collect(ROOT)
    functions = [function for api in project.apis for function in api.functions] + [each.function for each in project.workers]
    assert made
    assert set(made) <= operations(grant for function in functions for grant in function.grants).keys()


@pytest.mark.parametrize("folder", sorted(path.parent for path in ROOT.glob("layers/**/Makefile")), ids=lambda path: path.name)
def test_every_layer_is_built_by_the_project(folder: Path) -> None:
    template = (ROOT / "template.yaml").read_text()
    target = re.search(r"^build-(\w+):\n\t\$\(MUSTER\) build .*--package (\w+)", (folder / "Makefile").read_text(), re.MULTILINE)
    assert target
    assert target[2] == folder.name
    assert f"  {target[1]}:" in template
    assert f"ContentUri: {folder.relative_to(ROOT)}" in template


def test_the_runtime_of_chalice_stands_alone(tmp_path: Path) -> None:
    """As the layer has it: two files, and none of its requirements."""
    (tmp_path / "chalice").mkdir()
    for name in ("__init__.py", "app.py"):
        shutil.copy(Path(chalice.__file__).with_name(name), tmp_path / "chalice")
    program = f"import sys; sys.path.append({str(tmp_path)!r}); import chalice.app; chalice.app.Chalice(app_name='alone')"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
