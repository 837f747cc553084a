"""`make lint` refuses what Redocly's linter finds in the OpenAPI documents, without Node.js, and without network once it is there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from muster.entries import dialects
from muster.home import ROOT


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    """The linter in a folder, as the Makefile calls it but with nothing on the path."""
    environment = {**os.environ, "DENO_DIR": str(ROOT / ".muster/deno"), "PATH": os.devnull, "NO_COLOR": "1"}
    deno = str(Path(sys.executable).with_name("deno"))
    return subprocess.run([deno, "task", "--quiet", "lint"], cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The documents, and what the linter reads beside them."""
    for name in ("deno.json", "deno.lock", "redocly.yaml", *(f"docs/openapi/{dialect}.json" for dialect in dialects())):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_documents_have_neither_errors_nor_warnings() -> None:
    done = lint(ROOT)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "warning" not in said.lower()
    assert all(f"docs/openapi/{dialect}.json: validated" in said for dialect in dialects())


def _limit(document: dict[str, Any]) -> None:
    schema = next(each for each in document["components"]["schemas"].values() if "properties" in each)
    schema["properties"]["size"] = {"type": "integer", "ge": 1}


def _slash(document: dict[str, Any]) -> None:
    document["paths"] = {f"{path}/": operations for path, operations in document["paths"].items()}


def _licence(document: dict[str, Any]) -> None:
    del document["info"]["license"]["name"]


@pytest.mark.parametrize("break_it", [_limit, _slash, _licence])
@pytest.mark.parametrize("dialect", dialects())
def test_an_error_in_a_document_fails(copy: Path, dialect: str, break_it: Callable[[dict[str, Any]], None]) -> None:
    file = copy / f"docs/openapi/{dialect}.json"
    document = json.loads(file.read_text())
    break_it(document)
    file.write_text(json.dumps(document))
    done = lint(copy)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"Validation failed with \d+ error", done.stdout + done.stderr)
