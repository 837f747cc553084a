"""`muster build`: builds the deployed packages and templates, each archive named by its digest.

Builds are reproducible. Third-party layers are cached until their lock, or the AWS calls of functions, change.
"""

from __future__ import annotations

import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from muster.build import archive, tree
from muster.build.packages import pack, packages
from muster.home import HOME, ROOT

ARCHITECTURES = ("arm64", "x86_64")


@dataclass(frozen=True)
class BuildResult:
    """The root template, and the archive of each package."""

    template: Path
    archives: Mapping[str, Path]


def build(architecture: str, root: Path = ROOT, home: Path = HOME) -> BuildResult:
    """Build all packages and the templates that name them, below `.muster/build/<architecture>`."""
    folder = home / "build" / architecture
    folder.mkdir(parents=True, exist_ok=True)
    made = {package: pack(package, folder) for package in packages(root, architecture)}
    template = tree.write(root, folder, {package.source.resolve(): path for package, path in made.items()})
    _forget(folder, {path.name for path in made.values()}, {f"{package.name}-{package.key}.key" for package in made})
    return BuildResult(template, {package.name: path for package, path in made.items()})


def _forget(folder: Path, archives: set[str], keys: set[str]) -> None:
    """Remove archives of earlier builds."""
    for path in (*folder.glob("*.zip"), *folder.glob("*.key")):
        if path.name not in archives | keys:
            path.unlink()


def unpack(name: str, architecture: str, into: Path) -> None:
    """Unpack one package into a folder, as `sam build` asks of a makefile. Raises KeyError for an unknown package."""
    with zipfile.ZipFile(build(architecture).archives[name]) as contents:
        contents.extractall(into)


def main(architecture: str, package: str | None = None, into: Path | None = None) -> int:
    """Build, and print a summary."""
    if package is not None and into is not None:
        unpack(package, architecture, into)
        return 0
    started = time.monotonic()
    built = build(architecture)
    print(summary(built))
    print(f"Built for {architecture} in {time.monotonic() - started:.1f} s: {built.template.relative_to(ROOT)}")
    return 0


def summary(built: BuildResult) -> str:
    """A line for each package: its archive, compressed and unpacked size."""
    lines = []
    for path in built.archives.values():
        zipped, whole = archive.size(path)
        lines.append(f"  {path.name:44} {zipped / 1e6:7.2f} MB {whole / 1e6:7.2f} MB unpacked")
    return "\n".join(lines)
