"""The built packages: complete, with bytecode, small, and reproducible."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from muster import build
from muster.build import ARCHITECTURES, bytecode
from muster.build.packages import Package, packages
from muster.generate.collect import collect
from muster.generate.model import Function
from muster.home import HOME, ROOT
from muster.rehearse import architecture, bare_python

pytestmark = pytest.mark.packages
MOST_UNPACKED = 60_000_000
"""Largest unpacked size of a function with all its layers, in bytes."""
_UNCHECKED = b"\x01\x00\x00\x00"
"""The flags of bytecode that is used without checking its source (PEP 552)."""


@pytest.fixture(scope="module")
def built() -> build.BuildResult:
    return build.build(architecture())


@pytest.fixture(scope="module")
def unpacked(built: build.BuildResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All packages, each unpacked in a folder of its name."""
    folder = tmp_path_factory.mktemp("packages")
    for name, path in built.archives.items():
        with zipfile.ZipFile(path) as packed:
            packed.extractall(folder / name)
    return folder


def _functions() -> Iterator[Function]:
    project = collect(ROOT)
    for api in project.apis:
        yield from api.functions
    for worker in project.workers:
        yield worker.function


def _layers(function: Function) -> list[str]:
    own = [] if function.folder == "workers" else [function.folder]
    return ["dependencies", "fleet", *own, *sorted(function.layers)]


def test_every_module_has_bytecode_that_needs_no_source(built: build.BuildResult) -> None:
    for path in built.archives.values():
        with zipfile.ZipFile(path) as packed:
            names = set(packed.namelist())
            modules = [name for name in names if name.endswith(".py")]
            assert modules
            for name in modules:
                compiled = re.sub(r"([^/]+)\.py$", r"__pycache__/\1.cpython-313.pyc", name)
                assert compiled in names, f"{path.name}: {name}"
                with packed.open(compiled) as file:
                    assert file.read(8)[4:] == _UNCHECKED


def test_a_function_with_its_layers_is_small(built: build.BuildResult) -> None:
    for function in _functions():
        names = [f"functions-{function.folder}", *_layers(function)]
        assert sum(build.archive.size(built.archives[name])[1] for name in names) < MOST_UNPACKED, function.name


def test_every_handler_is_imported_with_nothing_but_its_layers(unpacked: Path) -> None:
    """Runs in a Python without packages, with one process for all functions that have the same layers."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for function in _functions():
        groups.setdefault((f"functions-{function.folder}", *_layers(function)), []).append(function.handler.rpartition(".")[0])
    assert groups
    for (code, *layers), modules in groups.items():
        paths = [str(unpacked / code), *(str(unpacked / layer / "python") for layer in layers)]
        program = f"import sys, importlib\nsys.path[:0] = {paths!r}\nfor name in {modules!r}: importlib.import_module(name).handler"
        done = subprocess.run([bare_python(), "-I", "-c", program], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_clients_are_made_from_what_is_left_of_botocore(unpacked: Path) -> None:
    source = (ROOT / "layers/fleet/python/fleet/aws/clients.py").read_text()
    services = sorted(set(re.findall(r'_(?:client|make)\("(\w+)"', source)))
    assert "dynamodb" in services
    paths = [str(unpacked / layer / "python") for layer in ("dependencies", "fleet")]
    lines = [
        "import sys, json",
        f"sys.path[:0] = {paths!r}",
        "import os, boto3",
        "os.environ.update(AWS_ACCESS_KEY_ID='a', AWS_SECRET_ACCESS_KEY='b', AWS_DEFAULT_REGION='eu-north-1')",
        f"clients = {{name: boto3.client(name) for name in {services!r}}}",
        "url = clients['s3'].generate_presigned_url('get_object', Params={'Bucket': 'b', 'Key': 'k'})",
        "print(json.dumps({name: dir(client) for name, client in clients.items()} | {'url': url}))",
    ]
    done = subprocess.run([bare_python(), "-I", "-c", "\n".join(lines)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert "X-Amz-" in made["url"] or "Signature" in made["url"]
    assert {"batch_get_item", "transact_write_items"} <= set(made["dynamodb"])
    assert "create_table" not in made["dynamodb"]


def test_the_templates_name_archives_that_are_there(built: build.BuildResult) -> None:
    named = re.findall(r'"(?:CodeUri|ContentUri)": "([^"]+)"', "".join(path.read_text() for path in built.template.parent.rglob("*.json")))
    named += re.findall(r'"(?:CodeUri|ContentUri)": "([^"]+)"', built.template.read_text())
    assert {Path(name).name for name in named} <= {path.name for path in built.archives.values()}
    assert named


@pytest.mark.parametrize("package", [each for each in packages(ROOT, "arm64") if each.key is None], ids=lambda each: each.name)
def test_the_same_tree_gives_the_same_bytes(package: Package, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        package.build(tmp_path / name)
        build.archive.write(tmp_path / name, tmp_path / f"{name}.zip")
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()


def test_bytecode_is_of_the_version_that_lambda_runs() -> None:
    command = [bytecode.interpreter(), "-c", "import importlib.util; print(importlib.util.MAGIC_NUMBER.hex())"]
    magic = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert magic == bytes.fromhex(magic).hex()
    assert len(importlib.util.MAGIC_NUMBER) == len(bytes.fromhex(magic))
    assert f"Runtime: python{bytecode.VERSION}" in (ROOT / "infra/generated/wisdm.yaml").read_text()


def test_what_is_built_stays_in_the_project(built: build.BuildResult) -> None:
    assert built.template.is_relative_to(HOME)
    assert architecture() in ARCHITECTURES
