"""Python environments of tools that do not get on with ours: each is made from a lock file of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from muster.home import UV

_MARK = ".locked"
"""The file in an environment with the digest of the lock that it was made from."""


def is_there(folder: Path, lock: Path) -> bool:
    """Whether the environment in `folder` is as locked."""
    mark = folder / _MARK
    return mark.exists() and mark.read_text() == _digest(lock)


def prepare(folder: Path, lock: Path) -> Path:
    """Make the environment in `folder` unless it is there as locked; the path of its Python."""
    python = folder / "bin" / "python"
    if not is_there(folder, lock):
        uv("venv", "--clear", "--python", sys.executable, str(folder))
        uv("pip", "sync", "--python", str(python), "--require-hashes", str(lock))
        (folder / _MARK).write_text(_digest(lock))
    return python


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def uv(*arguments: str) -> str:
    """Run uv: the project's own, or the one that is installed. It downloads no interpreter. Its output."""
    found = str(UV) if UV.exists() else shutil.which("uv")
    if found is None:
        raise FileNotFoundError("uv is not there: run any target of the Makefile, which installs it")
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    return subprocess.run([found, "--quiet", *arguments], check=True, env=environment, stdout=subprocess.PIPE, text=True).stdout
