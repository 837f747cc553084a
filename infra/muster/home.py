"""Where things are on this machine: the project, and its own folder for what it installs and keeps."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder."""
HOME = ROOT / ".muster"
"""What the project installs or writes for itself; nothing of it is committed."""
UV = HOME / "uv" / "bin" / "uv"
