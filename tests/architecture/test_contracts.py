"""Who may import whom: the contracts of import-linter, and that they bite."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from muster.generate import ROOT

COMMAND = Path(sys.executable).with_name("lint-imports")


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    places = [root, root / "infra", root / "layers/fleet/python", *root.glob("layers/dialects/*/python")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))}
    return subprocess.run([COMMAND, "--no-cache"], cwd=root, env=environment, capture_output=True, text=True)


def test_every_contract_is_kept() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("functions/wisdm/version/get.py", "import boto3", "Only fleet.aws and the operator's tools know boto3"),
        ("functions/wisdm/version/get.py", "import chalice", "Only edge knows Chalice and Powertools"),
        ("layers/fleet/python/edge/answer.py", "import wisdm.dialect", "Imports point from functions to dialect to edge to fleet"),
        ("layers/fleet/python/fleet/errors.py", "import edge.answer", "Imports point from functions to dialect to edge to fleet"),
        ("layers/fleet/python/fleet/store/keys.py", "import fleet.services.keys", "In the core, services stand on stores, and stores on models"),
        ("layers/fleet/python/fleet/ids.py", "import muster.command", "The product knows nothing of its tools"),
    ],
)  # fmt: skip
def test_a_stray_import_breaks_its_contract(tmp_path: Path, file: str, line: str, contract: str) -> None:
    for folder in ("functions", "infra", "layers"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / file).write_text(f"{(tmp_path / file).read_text()}\n\n{line}\n")
    done = lint(tmp_path)
    assert done.returncode == 1
    assert f"{contract} BROKEN" in done.stdout.replace("\n", " ")
