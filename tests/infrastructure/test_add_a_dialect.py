"""docs/add-a-dialect.md, followed to the letter in a copy of the project: its blocks are written, its edits made, its commands run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from muster.home import ROOT
from tests.infrastructure.copied import copied
from tests.infrastructure.pages import Block, blocks

pytestmark = pytest.mark.slow
PAGE = (ROOT / "docs/add-a-dialect.md").read_text()
PROGRAMS = {
    "muster": "import sys; from muster.command import main; sys.exit(main())",
    "pytest": "import sys, pytest; sys.exit(pytest.main(['-p', 'no:cacheprovider', *sys.argv[1:]]))",
    "mypy": "import sys; from mypy.main import main; sys.argv[0] = 'mypy'; main(clean_exit=True)",
    "lint-imports": "from importlinter.cli import lint_imports_command; lint_imports_command()",
}
"""What make calls, as Python code: an installed program would find the original of the copy."""
RULES = {
    "-k 'quay or test_documents'": ("citations", "documents", "routes", "source", "suite", "test_files"),
    "": ("access_patterns", "glossary"),
    "-m slow -k quay": ("imports",),
}
"""The rules for code and documents in tests/architecture, by the options that choose those that a further API can break.

What else `make check` runs does not change with Quay, or takes minutes: the tests that a stray import breaks a contract (`lint-imports`
checks the contracts themselves), the order and budgets of tests (`test_run`), the tests of devices, tools, faults and templates, the
packages and the local cloud.
"""


@dataclass(frozen=True)
class Copy:
    """A copy of the project in which `make` works without installing anything."""

    root: Path

    @classmethod
    def make(cls, root: Path) -> Copy:
        """Copy what the page and its commands read, and put the programs that make calls where it looks for them."""
        for folder in ("benchmarks", "tests"):
            shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
        copied(root)
        for name in ("LICENSE", "Makefile", "README.md"):
            shutil.copy(ROOT / name, root)
        programs = root / ".venv/bin"
        programs.mkdir(parents=True)
        for name, code in PROGRAMS.items():
            _executable(programs / name, f'exec {shlex.quote(sys.executable)} -S -c {shlex.quote(code)} "$@"')
        _executable(programs / "ruff", f'exec {shlex.quote(str(Path(sys.executable).with_name("ruff")))} "$@"')
        return cls(root)

    def write(self, block: Block) -> None:
        """Write a file, or edit one: the lines that a diff takes out or keeps stand there once, unless its result is there already."""
        assert block.file, f"the line before this block names no file:\n{block.text}"
        file = self.root / block.file
        if block.kind != "diff":
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text)
            return
        lines = block.text.splitlines(keepends=True)
        before, after = ("".join(line[1:] for line in lines if line[0] in (" ", sign)) for sign in "-+")
        text = file.read_text()
        if before not in text and after in text:
            return
        assert text.count(before) == 1, f"{block.file} has other lines than the page:\n{before}"
        file.write_text(text.replace(before, after))

    def run(self, command: str) -> str:
        """What a command prints; AssertionError unless it succeeds."""
        program, *arguments = shlex.split(command)
        call = ["make", "--old-file=.venv/.ready", "WORKERS=0"] if program == "make" else [self.root / ".venv/bin" / program]
        done = subprocess.run([*call, *arguments], env=self._environment(), cwd=self.root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout[-5000:]}\n{done.stderr[-5000:]}"
        return done.stdout

    def _environment(self) -> dict[str, str]:
        """What an installation would let Python find: the folders that pyproject.toml names by now."""
        build = tomllib.loads((self.root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
        places = [*(self.root / place for place in build["dev-mode-dirs"]), sysconfig.get_path("purelib")]
        return {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(map(str, places))}


def _executable(file: Path, line: str) -> None:
    file.write_text(f"#!/bin/sh\n{line}\n")
    file.chmod(0o755)


def test_following_the_page_makes_a_dialect_that_passes_all_that_holds_for_every_route(tmp_path: Path) -> None:
    copy, printed = Copy.make(tmp_path), dict[str, str]()
    for block in blocks(PAGE):
        if block.kind == "sh":
            printed |= {command: copy.run(command) for command in block.text.splitlines() if command != "make check"}
        else:
            copy.write(block)
    assert passed(printed["make test API=quay"]) > 10
    assert passed(printed["make test-slow API=quay"]) == 1
    written = [block.file for block in blocks(PAGE) if block.file and block.file.endswith(".py")]
    product = " ".join(file for file in written if not file.startswith("tests/"))
    for part in (f"ruff format --check {' '.join(written)}", "ruff check .", f"mypy {product}", "lint-imports", "muster generate --check"):
        copy.run(part)
    for options, names in RULES.items():
        files = " ".join(f"tests/architecture/test_{name}.py" for name in names)
        assert passed(copy.run(f"pytest -q -n 0 {options} {files}")) > 3


def test_the_page_can_be_followed_in_a_project_that_has_followed_it_already(tmp_path: Path) -> None:
    copy = Copy.make(tmp_path)
    for page in (PAGE.replace("quay", "jetty").replace("Quay", "Jetty"), PAGE):
        for block in blocks(page):
            if block.kind != "sh":
                copy.write(block)
    copy.run("muster generate")
    assert {"docs/openapi/quay.json", "docs/openapi/jetty.json"} <= {
        str(file.relative_to(tmp_path)) for file in tmp_path.glob("docs/openapi/*")
    }
    copy.run("lint-imports")


def passed(printed: str) -> int:
    """How many tests a run says that passed."""
    return int(re.findall(r"(\d+) passed", printed)[-1])
