"""Third-party layers: locked wheels for Lambda, without files that no function needs."""

from __future__ import annotations

import shutil
from pathlib import Path

from muster.build.descriptions import Operations, trim
from muster.virtualenvs import uv

PLATFORMS = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
_PYTHON = "3.13"
_RUNTIME_OF_CHALICE = ("__init__.py", "app.py", "py.typed")
"""The only part of Chalice that is installed: the rest is its command, which needs further packages."""
_UNUSED = ("bin", "boto3/data", "boto3/examples", ".lock")
_ABOUT_INSTALLING = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json")


def install(requirements: Path, architecture: str, target: Path, wanted: Operations) -> None:
    """Install a layer's requirements into `target`: only wheels, only with hashes of the lock."""
    uv(
        "pip", "install", "--target", str(target), "--python-platform", PLATFORMS[architecture], "--python-version", _PYTHON,
        "--only-binary", ":all:", "--no-deps", "--require-hashes", "--link-mode", "copy", "-r", str(requirements),
    )  # fmt: skip
    for name in _UNUSED:
        path = target / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for path in target.glob("*.dist-info/*"):
        if path.name in _ABOUT_INSTALLING:
            path.unlink()
    if (target / "chalice").exists():
        _only(target / "chalice", _RUNTIME_OF_CHALICE)
    if (target / "botocore").exists():
        trim(target / "botocore" / "data", wanted)


def _only(folder: Path, names: tuple[str, ...]) -> None:
    for path in folder.iterdir():
        if path.name not in names:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
