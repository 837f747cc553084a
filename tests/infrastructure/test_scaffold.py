"""`muster route`: a route and its test begin in one go, and say by themselves that they are not done."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from muster.home import ROOT
from tests.infrastructure.copied import copied, run

PROGRAM = "import sys; from muster.scaffold import main; sys.exit(main(*sys.argv[1:]))"
PYTEST = "import sys, pytest; sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '-p', 'no:randomly', *sys.argv[1:]]))"
RUFF = "import subprocess, sys; sys.exit(subprocess.call([{ruff!r}, *sys.argv[1:]]))".format(
    ruff=str(Path(sys.executable).with_name("ruff"))
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "tests" / "harness", tmp_path / "tests" / "harness", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "tests")
    return copied(tmp_path)


def scaffold(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(root, PROGRAM, *arguments)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "method", "url", "declared"),
    [
        ("gateway/echo", "GET", "/v4/gateway/{sn}/echo", "def handler(call: Call, loaded: Gateway) -> None:"),
        ("location/rename", "POST", "/v4/location/{locationId}/name", "def handler(call: Call, loaded: Location) -> None:"),
        ("gateway/port", "GET", "/v4/gateway/{sn}/port/{port}", "def handler(call: Call, path: PortPath) -> None:"),
        ("system/health", "GET", "/v4/health", "def handler(call: Call) -> None:"),
    ],
    ids=["loads by a known variable", "another resource", "an unknown variable", "no variable"],
)
def test_it_writes_a_route_and_a_test_that_fails(copy: Path, name: str, method: str, url: str, declared: str) -> None:
    before = {path for path in copy.rglob("*.py") if "__pycache__" not in path.parts}
    done = scaffold(copy, "wisdm", name, method, url)
    assert done.returncode == 0, done.stdout + done.stderr
    resource, _, verb = name.partition("/")
    written = {path for path in copy.rglob("*.py") if "__pycache__" not in path.parts} - before
    test = copy / f"tests/contract/wisdm/{resource}/test_{verb}.py"
    assert written == {copy / f"functions/wisdm/{name}.py", test}
    assert declared in (copy / f"functions/wisdm/{name}.py").read_text().splitlines()
    assert run(copy, RUFF, "check", *map(str, written)).returncode == 0
    assert run(copy, RUFF, "format", "--check", *map(str, written)).returncode == 0
    tested = run(copy, PYTEST, str(test))
    assert tested.returncode == 1, tested.stdout + tested.stderr
    assert "assert 500 == 200" in tested.stdout


def test_what_it_writes_can_be_generated_from(copy: Path) -> None:
    assert scaffold(copy, "wisdm", "gateway/echo", "GET", "/v4/gateway/{sn}/echo").returncode == 0
    done = run(copy, "import sys; from muster import generate; sys.exit(generate.main())")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "gateway_echo" in (copy / "docs/routes.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nodm", "gateway/echo", "GET", "/v4/gateway/{sn}/echo"), "there is no API called nodm"),
        (("wisdm", "Echo", "GET", "/v4/gateway/{sn}/echo"), "NAME must be"),
        (("wisdm", "../echo", "GET", "/v4/gateway/{sn}/echo"), "NAME must be"),
        (("wisdm", "gateway/echo", "FETCH", "/v4/gateway/{sn}/echo"), "METHOD must be"),
        (("wisdm", "gateway/echo", "GET", "/v5/gateway/{sn}/echo"), "URL must begin with /v4"),
        (("wisdm", "version/get", "GET", "/v4/version"), "get.py is there already"),
    ],
)
def test_it_refuses_what_cannot_be(copy: Path, arguments: tuple[str, ...], told: str) -> None:
    done = scaffold(copy, *arguments)
    assert done.returncode == 1
    assert told in done.stdout
