"""The packages that are deployed: layers and folders of functions, each an archive named by its digest."""

from __future__ import annotations

import functools
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fleet.grants import Grant
from muster.build import archive, bytecode, third_party
from muster.build.descriptions import Operations, operations
from muster.generate.collect import collect
from muster.generate.model import Project
from muster.layers import THIRD_PARTY

LAYERS, FUNCTIONS = "/opt", "/var/task"
"""Paths of unpacked packages on Lambda."""
_UNKNOWN = "0000000"
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


@dataclass(frozen=True)
class Package:
    """`source` is the folder that a template names, `fill` writes the contents to a folder, `key` identifies them in the cache."""

    name: str
    source: Path
    mounted: str
    fill: Callable[[Path], None]
    key: str | None = None

    def build(self, into: Path) -> None:
        """Write the package's contents, with bytecode, into a folder."""
        self.fill(into)
        bytecode.compile_all(into, self.mounted)


def packages(root: Path, architecture: str) -> list[Package]:
    """All packages of the project at `root`."""
    calls = operations(_grants(collect(root)))
    found = [_wheels(root / "layers" / name, architecture, calls) for name in sorted(THIRD_PARTY)]
    for folder in sorted(path.parent for path in (*root.glob("layers/*/python"), *root.glob("layers/dialects/*/python"))):
        found.append(Package(folder.name, folder, LAYERS, functools.partial(_own_layer, root, folder)))
    for folder in sorted(path for path in (root / "functions").iterdir() if path.is_dir() and path.name[0] not in "._"):
        found.append(Package(f"functions-{folder.name}", folder, FUNCTIONS, functools.partial(_functions, folder)))
    return found


def _grants(project: Project) -> Iterator[Grant]:
    for api in project.apis:
        for function in api.functions:
            yield from function.grants
    for worker in project.workers:
        yield from worker.function.grants


def _wheels(folder: Path, architecture: str, calls: Operations) -> Package:
    requirements = folder / "requirements.txt"

    def fill(into: Path) -> None:
        third_party.install(requirements, architecture, into / "python", calls)

    return Package(folder.name, folder, LAYERS, fill, _key(requirements, architecture, calls))


def _key(requirements: Path, architecture: str, calls: Operations) -> str:
    """The cache key of a third-party layer: its lock, its platform, the trimmed operations, and the build code."""
    key = hashlib.sha256(f"{architecture} {[(name, sorted(calls[name])) for name in sorted(calls)]}".encode())
    key.update(requirements.read_bytes())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        key.update(path.read_bytes())
    return key.hexdigest()[:16]


def _own_layer(root: Path, folder: Path, into: Path) -> None:
    shutil.copytree(folder / "python", into / "python", ignore=_LEFT_OUT)
    if (into / "python" / "fleet").exists():
        (into / "python" / "fleet" / "commit.txt").write_text(f"{commit(root)}\n")


def _functions(folder: Path, into: Path) -> None:
    shutil.copytree(folder, into, ignore=_LEFT_OUT, dirs_exist_ok=True)


def commit(root: Path) -> str:
    """The commit of the tree, 7 hex digits; zeros with uncommitted changes or without git."""
    try:
        if _git(root, "rev-parse", "--show-toplevel") == str(root.resolve()) and not _git(root, "status", "--porcelain"):
            return _git(root, "rev-parse", "HEAD")[:7]
    except (OSError, subprocess.CalledProcessError):
        pass
    return _UNKNOWN


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True).stdout.strip()


def pack(package: Package, folder: Path) -> Path:
    """The package's archive in `folder`, built unless it is cached."""
    note = folder / f"{package.name}-{package.key}.key"
    if package.key and note.exists() and (cached := folder / note.read_text()).exists():
        return cached
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        contents, fresh = Path(temporary) / "contents", Path(temporary) / "archive.zip"
        contents.mkdir()
        package.build(contents)
        archive.write(contents, fresh)
        made = fresh.rename(folder / f"{package.name}-{archive.digest(fresh)}.zip")
    if package.key:
        note.write_text(made.name)
    return made
