"""Runs tests on copies of the project: one without any fault, then one for each mutant."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.infrastructure.copied import run
from tests.mutants.mutant import Mutant

TRIAL = Path(__file__).with_name("trial.py").read_text()
OPTIONS = ("-x", "-q", "--tb=short", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist")
LONGEST = 400.0
"""The timeout of a test run in seconds: a mutant should not make the product wait forever."""
PASSED, FAILED = 0, 1
"""Exit codes of pytest."""


@dataclass(frozen=True)
class Trial:
    """The result of running tests on a copy: pytest's exit status, the first failed test with its phase, and the message."""

    code: int
    test: str
    phase: str
    message: str
    loaded: Sequence[str]
    """Files of the copy that were loaded."""
    strays: Sequence[str]
    """Files of the original that were loaded in place of the copy's."""
    printed: str
    seconds: float

    @property
    def caught(self) -> bool:
        """Whether a test has failed. A test that could not run does not count: the mutant breaks everything."""
        return self.code == FAILED and self.phase != "setup" and not self.strays


def copy(source: Path, to: Path) -> Path:
    """Copy a working tree: what git tracks, and new files that it does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=source, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (source / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, to / name)
    return to


def attempt(original: Path, tree: Path, tests: Sequence[str], only: str = "") -> Trial:
    """Run tests in a copy, up to the first failure."""
    report, began = tree / ".trial.json", time.monotonic()
    arguments = [*OPTIONS, *(["-k", only] if only else []), *tests]
    try:
        done = run(tree, TRIAL, str(report), str(original), *arguments, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return Trial(-1, "", "", f"not done after {LONGEST:.0f} s", (), (), "", LONGEST)
    printed = done.stdout + done.stderr
    if not report.exists():
        return Trial(-1, "", "", "the tests could not be started", (), (), printed, time.monotonic() - began)
    return Trial(**json.loads(report.read_text()), printed=printed, seconds=time.monotonic() - began)


class Runner:
    """Tries mutants of the project in `original`, some at a time."""

    def __init__(self, original: Path, at_once: int) -> None:
        self._original, self._pool = original, ThreadPoolExecutor(at_once)

    def run(self, mutants: Sequence[Mutant], tell: Callable[[str], None]) -> int:
        """Try each mutant and print the results. Returns 0 when the tests pass without a fault and every mutant is caught."""
        with tempfile.TemporaryDirectory(prefix="mutants-") as folder, self._pool:
            clean = copy(self._original, Path(folder) / "clean")
            if problems := list(self._control(clean, mutants)):
                tell("The tests must pass before mutants can show anything:\n" + "\n".join(problems))
                return 1
            tell(f"control: {', '.join(_folders(mutants))} pass without a fault, on the copy's own code")
            trees = [Path(folder) / str(number) for number in range(len(mutants))]
            caught = 0
            for mutant, trial in zip(mutants, self._pool.map(self._mutated, mutants, [clean] * len(trees), trees), strict=True):
                caught += trial.caught
                tell(_line(mutant, trial))
        tell(f"{caught} of {len(mutants)} mutants caught")
        return 0 if caught == len(mutants) else 1

    def _control(self, clean: Path, mutants: Sequence[Mutant]) -> Iterator[str]:
        """Errors of the control run without a fault: failed tests, code loaded from the original, and mutated files that no test loads."""
        folders = _folders(mutants)
        trials = dict(zip(folders, self._pool.map(lambda name: attempt(self._original, clean, [name]), folders), strict=True))
        for name, trial in trials.items():
            if trial.code != PASSED:
                yield f"{name}: {trial.test} {trial.message}\n{trial.printed}"
            if trial.strays:
                yield f"{name} loads the original in place of the copy: {', '.join(trial.strays[:5])}"
        for mutant in mutants:
            if not any(mutant.file in trials[name].loaded for name in mutant.tests):
                yield f"{mutant.name}: no test of {', '.join(mutant.tests)} loads {mutant.file}"

    def _mutated(self, mutant: Mutant, clean: Path, tree: Path) -> Trial:
        shutil.copytree(clean, tree)
        file = tree / mutant.file
        file.write_text(mutant.applied(file.read_text()))
        trial = attempt(self._original, tree, mutant.tests, mutant.only)
        shutil.rmtree(tree)
        return trial


def _folders(mutants: Sequence[Mutant]) -> list[str]:
    return list(dict.fromkeys(name for mutant in mutants for name in mutant.tests))


def _line(mutant: Mutant, trial: Trial) -> str:
    if trial.caught:
        became = f"caught by {trial.test} ({trial.message[:100]})"
    elif trial.code == PASSED:
        became = "SURVIVED"
    else:
        became = f"SHOWS NOTHING: {trial.test} {trial.message}\n{trial.printed}"
    return f"{mutant.name}: {became}, {trial.seconds:.0f} s"
