"""Paths on this machine: the project, and its folder for installed and generated files."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder."""
HOME = ROOT / ".muster"
"""Installed and generated files; nothing in it is committed."""
UV = HOME / "uv" / "bin" / "uv"
