"""Who may import whom: the contracts of import-linter, and that they bite."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from muster.home import ROOT
from tests.infrastructure.copied import copied, run

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
DIRECTION = "Imports point from functions to dialect to edge to fleet"


def test_every_contract_is_kept() -> None:
    done = run(ROOT, LINT)
    assert done.returncode == 0, done.stdout + done.stderr


ROOMS = "Rooms of the core stand on the rooms below them"
LOCAL = "In the local cloud, what runs stands on how it is served and fed"
THINGSEE_ALONE = "What serves Thingsee alone is used by Thingsee alone"
WISDM_ALONE = "What serves WisDM alone is used by WisDM alone"
IDENTITY = "Managing and issuing stand on who calls, that on stores, and they on models"


def test_every_room_has_a_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layered = {container for contract in contracts if contract.get("exhaustive") for container in contract["containers"]}
    rooms = {f"fleet.{path.parent.name}" for path in (ROOT / "layers/fleet/python/fleet").glob("*/__init__.py")}
    assert rooms
    assert {"fleet", *rooms} <= layered


def test_every_room_and_module_has_its_place(tmp_path: Path) -> None:
    copied(tmp_path)
    (tmp_path / "layers/fleet/python/fleet/attic").mkdir()
    for new in ("attic/__init__.py", "attic/trunk.py", "registry/chest.py"):
        (tmp_path / "layers/fleet/python/fleet" / new).write_text('"""New."""\n')
    done = run(tmp_path, LINT)
    assert done.returncode == 1
    assert "fleet.attic" in done.stdout
    assert "fleet.registry.chest" in done.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("functions/wisdm/version/get.py", "import boto3", "Only fleet.aws.clients and the operator's tools know boto3"),
        ("functions/wisdm/version/get.py", "import chalice", "Only edge knows Chalice and Powertools"),
        ("layers/fleet/python/edge/answer.py", "import wisdm.dialect", DIRECTION),
        ("layers/fleet/python/fleet/errors.py", "import edge.answer", DIRECTION),
        ("layers/fleet/python/fleet/registry/devices.py", "import fleet.plane.receive", ROOMS),
        ("layers/fleet/python/fleet/identity/api_keys.py", "import fleet.identity.manage_api_keys", IDENTITY),
        (
            "layers/dialects/thingsee/python/thingsee/dialect.py",
            "import fleet.identity.api_key",
            WISDM_ALONE,
        ),
        ("layers/fleet/python/fleet/registry/groups.py", "import fleet.registry.lorawan", WISDM_ALONE),
        ("layers/dialects/wisdm/python/wisdm/dialect.py", "import fleet.identity.client", THINGSEE_ALONE),
        ("infra/muster/local/paths.py", "import muster.local.seed", LOCAL),
        ("infra/muster/operator/rules.py", "import muster.local.seed", "Tools stand on each other in one direction"),
        ("layers/fleet/python/fleet/ids.py", "import muster.command", "The product knows nothing of its tools"),
    ],
)
def test_a_stray_import_breaks_its_contract(tmp_path: Path, file: str, line: str, contract: str) -> None:
    copied(tmp_path)
    (tmp_path / file).write_text(f"{(tmp_path / file).read_text()}\n\n{line}\n")
    done = run(tmp_path, LINT)
    assert done.returncode == 1
    assert f"{contract} BROKEN" in done.stdout.replace("\n", " ")
