"""Compiles bytecode for the packages: without it, a cold start compiles every module that it imports."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

from muster.virtualenvs import uv

VERSION = "3.13"
"""Lambda's Python version (`Runtime: python3.13`); bytecode is for one version only."""
_KIND = "unchecked-hash"
"""Python uses such a file without comparing it with its source."""


class NoInterpreter(Exception):
    """There is no Python of Lambda's version."""


@functools.cache
def interpreter() -> str:
    """A Python of Lambda's version: this one, or one that uv finds. Raises NoInterpreter when there is none."""
    if f"{sys.version_info.major}.{sys.version_info.minor}" == VERSION:
        return sys.executable
    try:
        return uv("python", "find", "--no-project", "--system", VERSION).strip()
    except subprocess.CalledProcessError:
        raise NoInterpreter(f"Bytecode for Lambda needs Python {VERSION}: install it and build again") from None


def compile_all(folder: Path, mounted: str) -> None:
    """Compile every module below a folder, which is at `mounted` on Lambda. The bytecode is reproducible."""
    command = [interpreter(), "-m", "compileall", "-q", "-f", "--invalidation-mode", _KIND, "-s", str(folder), "-p", mounted, str(folder)]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    subprocess.run(command, check=True, env=environment)
