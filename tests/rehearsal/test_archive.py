"""Archives depend only on their contents."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from muster.build import archive


def _tree(folder: Path, names: list[str]) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_neither_order_nor_time_nor_mode_of_files_tells(tmp_path: Path) -> None:
    names = ["b/two.py", "a.py", "b/one.so"]
    first, second = _tree(tmp_path / "first", names), _tree(tmp_path / "second", names[::-1])
    os.utime(second / "a.py", (1, 1))
    (second / "a.py").chmod(0o600)
    for folder in (first, second):
        archive.write(folder, tmp_path / f"{folder.name}.zip")
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "first.zip") as packed:
        assert packed.namelist() == ["a.py", "b/one.so", "b/two.py"]


def test_another_content_has_another_digest(tmp_path: Path) -> None:
    for name in ("one", "two"):
        archive.write(_tree(tmp_path / name, [f"{name}.py"]), tmp_path / f"{name}.zip")
    assert archive.digest(tmp_path / "one.zip") != archive.digest(tmp_path / "two.zip")


def test_sizes_are_told_packed_and_unpacked(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "zeros").write_bytes(bytes(100_000))
    archive.write(tmp_path / "in", tmp_path / "out.zip")
    packed, whole = archive.size(tmp_path / "out.zip")
    assert packed < 1_000
    assert whole == 100_000
