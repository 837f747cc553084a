"""A copy of the project that a test may change, and programs that see the copy and nothing of the original."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from muster.home import ROOT

FOLDERS = ("docs", "functions", "infra", "layers")
FILES = ("CHANGELOG.md", "pyproject.toml", "requirements.lock", "template.yaml")


def copied(to: Path) -> Path:
    """Copy what the generator and the import rules read."""
    for name in FOLDERS:
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, to)
    return to


def run(root: Path, program: str, *arguments: str, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run Python code on a copy, for at most so many seconds. Without `site`, the installed project is not there to be found first."""
    places = [root, root / "infra", root / "layers/fleet/python", *root.glob("layers/dialects/*/python"), sysconfig.get_path("purelib")]
    environment = {"PYTHONPATH": os.pathsep.join(map(str, places)), "PYTHONHASHSEED": "random"}
    command = [sys.executable, "-S", "-c", program, *arguments]
    return subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, check=False, timeout=timeout)
