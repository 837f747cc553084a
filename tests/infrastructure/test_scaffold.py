"""`muster route`: a route and its test begin in one go, and say by themselves that they are not done."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from muster.home import ROOT
from tests.infrastructure.copied import copied, run
from tests.infrastructure.pages import blocks

PROGRAM = "import sys; from muster.scaffold import main; sys.exit(main(*sys.argv[1:]))"
PYTEST = "import sys, pytest; sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '-p', 'no:randomly', *sys.argv[1:]]))"
RUFF = "import subprocess, sys; sys.exit(subprocess.call([{ruff!r}, *sys.argv[1:]]))".format(
    ruff=str(Path(sys.executable).with_name("ruff"))
)


GENERATE = "import sys; from muster import generate; sys.exit(generate.main())"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the project with its tests."""
    for folder in ("benchmarks", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return copied(tmp_path)


def scaffold(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(root, PROGRAM, *arguments)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dialect", "name", "method", "url", "operation", "declared", "told"),
    [
        (
            "wisdm",
            "gateway/get_echo",
            "GET",
            "/v4/gateway/{sn}/echo",
            "get_gateway_echo",
            "call: Call, loaded: Gateway",
            "assert 500 == 200",
        ),
        (
            "wisdm",
            "location/rename",
            "POST",
            "/v4/location/{locationId}/name",
            "rename_location",
            "call: Call, loaded: Location",
            "assert 500 == 200",
        ),
        (
            "wisdm",
            "gateway/get_port",
            "GET",
            "/v4/gateway/{sn}/port/{port}",
            "get_gateway_port",
            "call: Call, path: GetPortPath",
            "what port is here",
        ),
        ("wisdm", "system/check", "GET", "/v4/health", "check_system", "call: Call", "assert 500 == 200"),
        ("thingsee", "thing/ping", "GET", "/things/{tuid}/ping", "ping_thing", "call: Call, loaded: Thing", "assert 500 == 200"),
        (
            "wegnology",
            "device/get_nothing_much",
            "GET",
            "/applications/{applicationId}/devices/{deviceId}/nothing",
            "get_device_nothing_much",
            "call: Call, parent: Organization, loaded: Device",
            "NotImplementedError",
        ),
        (
            "wegnology",
            "devices/count",
            "POST",
            "/applications/{applicationId}/devices/count",
            "count_devices",
            "call: Call, loaded: Organization",
            "NotImplementedError",
        ),
    ],
    ids=[
        "loads by a known variable",
        "another resource",
        "an unknown variable",
        "no variable",
        "another API",
        "below another object",
        "the scope of an action",
    ],
)
def test_it_writes_a_route_and_a_test_that_fails(
    copy: Path, dialect: str, name: str, method: str, url: str, operation: str, declared: str, told: str
) -> None:
    before = {path for path in copy.rglob("*.py") if "__pycache__" not in path.parts}
    done = scaffold(copy, dialect, name, method, url)
    assert done.returncode == 0, done.stdout + done.stderr
    resource, _, verb = name.partition("/")
    written = {path for path in copy.rglob("*.py") if "__pycache__" not in path.parts} - before
    test = copy / f"tests/contract/{dialect}/{resource}/test_{verb}.py"
    assert written == {copy / f"functions/{dialect}/{name}.py", test}
    assert f"def handler({declared}) -> None:" in (copy / f"functions/{dialect}/{name}.py").read_text().splitlines()
    assert run(copy, RUFF, "check", *map(str, written)).returncode == 0
    assert run(copy, RUFF, "format", "--check", *map(str, written)).returncode == 0
    generated = run(copy, GENERATE)
    assert generated.returncode == 0, generated.stdout + generated.stderr
    assert operation in (copy / "docs/routes.md").read_text()
    tested = run(copy, PYTEST, str(test))
    assert tested.returncode == 1, tested.stdout + tested.stderr
    assert told in tested.stdout


@pytest.mark.slow
def test_one_that_is_filled_in_as_the_page_says_passes_with_all_that_holds_for_every_route(copy: Path) -> None:
    assert scaffold(copy, "wisdm", "gateway/echo", "GET", "/v4/gateway/{sn}/echo").returncode == 0
    route, test = copy / "functions/wisdm/gateway/echo.py", copy / "tests/contract/wisdm/gateway/test_echo.py"
    declared = next(line for line in route.read_text().splitlines() if line.startswith("@"))
    filled = {copy / block.file: block.text for block in blocks((ROOT / "docs/add-a-route.md").read_text()) if block.file}
    assert declared in filled[route]
    for file, text in filled.items():
        assert file.exists() or "shapes" in file.parts
        file.write_text(text)
    generated = run(copy, GENERATE)
    assert generated.returncode == 0, generated.stdout + generated.stderr
    assert run(copy, RUFF, "check", *map(str, filled)).returncode == 0
    assert run(copy, RUFF, "format", "--check", *map(str, filled)).returncode == 0
    tested = run(copy, PYTEST, str(test), "tests/suite", "tests/architecture", "tests/infrastructure/test_functions.py", "-k", "echo")
    assert tested.returncode == 0, tested.stdout[-3000:] + tested.stderr
    assert int(re.findall(r"(\d+) passed", tested.stdout)[-1]) >= 20


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("", "", "", ""), "muster: name DIALECT, NAME, METHOD and URL: make help"),
        (("wisdm", "gateway/echo", "GET", ""), "name DIALECT, NAME, METHOD and URL: make help"),
        (("nodm", "gateway/echo", "GET", "/v4/gateway/{sn}/echo"), "there is no API called nodm"),
        (("wisdm", "Echo", "GET", "/v4/gateway/{sn}/echo"), "NAME must be"),
        (("wisdm", "../echo", "GET", "/v4/gateway/{sn}/echo"), "NAME must be"),
        (("wisdm", "gateway/echo", "FETCH", "/v4/gateway/{sn}/echo"), "METHOD must be"),
        (("wisdm", "gateway/echo", "GET", "/v5/gateway/{sn}/echo"), "URL must begin with /v4"),
        (("wisdm", "version/get", "GET", "/v4/versions"), "get.py is there already"),
        (
            ("wisdm", "gateway/ask", "get", "/v4/gateway/{serial}/status/"),
            "GET /v4/gateway/{serial}/status/ is get_gateway_status already: change functions/wisdm/gateway/get_status.py",
        ),
        (("wisdm", "gateway/echo", "GET", "/v4/gateway/{sn/echo"), "'{sn' must be text without braces, or one variable, as {name}"),
        (("wisdm", "gateway/echo", "GET", "/v4/gateway/sn}/echo"), "'sn}' must be"),
        (("wisdm", "gateway/echo", "GET", "/v4/gateway/x{sn}/echo"), "'x{sn}' must be"),
    ],
)
def test_it_refuses_what_cannot_be(copy: Path, arguments: tuple[str, ...], told: str) -> None:
    done = scaffold(copy, *arguments)
    assert done.returncode == 1
    assert told in done.stdout
