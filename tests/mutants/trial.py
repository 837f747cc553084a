"""Run as a program in a copy of the project: runs tests, and reports which one failed first and what was loaded.

Arguments: the file for the report (JSON), the original's folder, and pytest's arguments.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest


class FirstFailure:
    """A plugin that records the first failed test: its id, the phase, and the first line of its message."""

    def __init__(self) -> None:
        self.test = self.phase = self.message = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.test:
            crash: Any = getattr(report.longrepr, "reprcrash", None)
            self.test, self.phase = report.nodeid, report.when or ""
            self.message = str(crash.message if crash else report.longrepr).partition("\n")[0]


def loaded(root: Path) -> list[str]:
    """The files below a folder that modules were loaded from, relative to it; installed packages do not count."""
    names = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    files = [Path(name).resolve() for name in names if name]
    inside = [file.relative_to(root.resolve()) for file in files if file.is_relative_to(root.resolve())]
    return sorted(str(file) for file in inside if "site-packages" not in file.parts)


def main(report: str, original: str, *arguments: str) -> int:
    first = FirstFailure()
    code = int(pytest.main([*arguments], plugins=[first]))
    document = {**vars(first), "code": code, "loaded": loaded(Path.cwd()), "strays": loaded(Path(original))}
    Path(report).write_text(json.dumps(document))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
