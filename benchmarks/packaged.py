"""The deployed packages, unpacked for measuring cold starts."""

from __future__ import annotations

import platform
import site
import zipfile
from dataclasses import dataclass
from pathlib import Path

from muster.build import build
from muster.home import HOME

FUNCTIONS = "functions-"


@dataclass(frozen=True)
class Unpacked:
    """Folders for Python's path: the layers, the functions of each dialect, and this machine's own packages."""

    layers: Path
    functions: Path
    installed: Path

    def paths(self, dialect: str) -> dict[str, list[str]]:
        """Paths by kind of start: the packaged route, the baseline on the same layer, and the baseline on an unmodified boto3."""
        here = str(Path(__file__).parent)
        return {
            "route": [str(self.functions / dialect), str(self.layers)],
            "bare": [str(self.layers), here],
            "plain": [str(self.installed), here],
        }


def unpacked() -> Unpacked:
    """Build for this machine, and unpack."""
    built = build("arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64")
    folder = HOME / "bench"
    for name, archive in built.archives.items():
        into = folder / "functions" / name.removeprefix(FUNCTIONS) if name.startswith(FUNCTIONS) else folder / "layers"
        with zipfile.ZipFile(archive) as contents:
            contents.extractall(into)
    return Unpacked(folder / "layers" / "python", folder / "functions", Path(site.getsitepackages()[0]))
