"""Who may import whom: the contracts of import-linter, and that they bite."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from muster.home import ROOT
from tests.infrastructure.copied import copied, run

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
DIRECTION = "layers: functions are above dialects, those above edge, edge above fleet"


def test_every_contract_is_kept() -> None:
    done = run(ROOT, LINT)
    assert done.returncode == 0, done.stdout + done.stderr


ROOMS = "fleet: each room imports only the rooms below it"
LOCAL = "local: child processes are above seeding, that above serving"
THINGSEE_ALONE = "Thingsee: only Thingsee uses the modules that serve it alone"
WISDM_ALONE = "WisDM: only WisDM uses the modules that serve it alone"
WEGNOLOGY_ALONE = "WEGnology: only WEGnology uses the modules that serve it alone"
IDENTITY = "identity: use cases are above the stores, those above the models"


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
        ("functions/wisdm/version/get.py", "import boto3", "boto3: only fleet.aws.clients and muster import it"),
        ("functions/wisdm/version/get.py", "import chalice", "Chalice and Powertools: only edge imports them"),
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
        ("layers/fleet/python/fleet/plane/on_things.py", "import fleet.presence.report_presence", WISDM_ALONE),
        ("layers/fleet/python/fleet/plane/on_gateway.py", "import fleet.alerts.connection", THINGSEE_ALONE),
        ("layers/dialects/wisdm/python/wisdm/dialect.py", "import fleet.identity.client", THINGSEE_ALONE),
        ("layers/dialects/wisdm/python/wisdm/dialect.py", "import fleet.tokens.scopes", WEGNOLOGY_ALONE),
        ("infra/muster/local/paths.py", "import muster.local.seed", LOCAL),
        (
            "infra/muster/operator/rules.py",
            "import muster.local.seed",
            "tools: commands are above the local cloud, that above the generator",
        ),
        ("layers/fleet/python/fleet/ids.py", "import muster.command", "muster: nothing that is deployed imports it"),
    ],
)
def test_a_stray_import_breaks_its_contract(tmp_path: Path, file: str, line: str, contract: str) -> None:
    copied(tmp_path)
    (tmp_path / file).write_text(f"{(tmp_path / file).read_text()}\n\n{line}\n")
    done = run(tmp_path, LINT)
    assert done.returncode == 1
    assert f"{contract} BROKEN" in done.stdout.replace("\n", " ")
