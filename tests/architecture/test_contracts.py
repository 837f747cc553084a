"""Who may import whom: the contracts of import-linter, and that they bite."""

from __future__ import annotations

from pathlib import Path

import pytest

from muster.generate import ROOT
from tests.infrastructure.copied import copied, run

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
DIRECTION = "Imports point from functions to dialect to edge to fleet"


def test_every_contract_is_kept() -> None:
    done = run(ROOT, LINT)
    assert done.returncode == 0, done.stdout + done.stderr


CORE = "In the core, services stand on stores, and they on models"


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("functions/wisdm/version/get.py", "import boto3", "Only fleet.aws and the operator's tools know boto3"),
        ("functions/wisdm/version/get.py", "import chalice", "Only edge knows Chalice and Powertools"),
        ("layers/fleet/python/edge/answer.py", "import wisdm.dialect", DIRECTION),
        ("layers/fleet/python/fleet/errors.py", "import edge.answer", DIRECTION),
        ("layers/fleet/python/fleet/identity/api_keys.py", "import fleet.services.keys", CORE),
        ("layers/fleet/python/fleet/ids.py", "import muster.command", "The product knows nothing of its tools"),
    ],
)
def test_a_stray_import_breaks_its_contract(tmp_path: Path, file: str, line: str, contract: str) -> None:
    copied(tmp_path)
    (tmp_path / file).write_text(f"{(tmp_path / file).read_text()}\n\n{line}\n")
    done = run(tmp_path, LINT)
    assert done.returncode == 1
    assert f"{contract} BROKEN" in done.stdout.replace("\n", " ")
