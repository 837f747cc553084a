"""Python environments of tools that do not get on with ours: each is made from a lock file of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from muster.home import UV


def prepare(folder: Path, lock: Path) -> Path:
    """Make the environment in `folder` unless it is there as locked; the path of its Python."""
    python, mark = folder / "bin" / "python", folder / ".locked"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not mark.exists() or mark.read_text() != digest:
        uv("venv", "--clear", "--python", sys.executable, str(folder))
        uv("pip", "sync", "--python", str(python), "--require-hashes", str(lock))
        mark.write_text(digest)
    return python


def uv(*arguments: str) -> str:
    """Run uv: the project's own, or the one that is installed. It downloads no interpreter. Its output."""
    found = str(UV) if UV.exists() else shutil.which("uv")
    if found is None:
        raise FileNotFoundError("uv is not there: run any target of the Makefile, which installs it")
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    return subprocess.run([found, "--quiet", *arguments], check=True, env=environment, stdout=subprocess.PIPE, text=True).stdout
