"""Reproducible archives: sorted, with fixed times and modes."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

_TIME = (1980, 1, 1, 0, 0, 0)
_FILE, _PROGRAM = 0o100644, 0o100755
_LEVEL = 6


def write(folder: Path, archive: Path) -> None:
    """Put all files below a folder into an archive."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _TIME)
            entry.external_attr = (_PROGRAM if path.suffix == ".so" else _FILE) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, path.read_bytes(), compresslevel=_LEVEL)


def digest(archive: Path) -> str:
    """The digest in an archive's file name: 64 bits as hex."""
    return hashlib.sha256(archive.read_bytes()).hexdigest()[:16]


def size(archive: Path) -> tuple[int, int]:
    """Compressed and unpacked bytes."""
    with zipfile.ZipFile(archive) as packed:
        return archive.stat().st_size, sum(entry.file_size for entry in packed.infolist())
