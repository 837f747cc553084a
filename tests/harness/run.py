"""Runs make's targets one after the other and prints how long each took: `make check` with its time budgets, and `make soak`.

A target over its budget is reported but does not fail: machines differ in speed.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from muster.home import ROOT

WHOLE = 25
"""The time budget of `make check` and of `make soak`, in minutes."""
_ROW = re.compile(r"^\| `make ([a-z-]+)` \| (\d+) \|", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """A target of make, its variables, and its time budget in minutes."""

    target: str
    minutes: int
    variables: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join([self.target, *(f"{name}={value}" for name, value in self.variables.items())])


def shares() -> dict[str, int]:
    """The time budget of each target, from docs/budgets.md."""
    return {target: int(minutes) for target, minutes in _ROW.findall((ROOT / "docs/budgets.md").read_text())}


def check(targets: Iterable[str]) -> list[Step]:
    """The steps of `make check`, with limits enforced."""
    return [Step(target, shares()[target], {"HELD": "1"}) for target in targets]


def soak(orders: int = 3) -> list[Step]:
    """The steps of `make soak`: further orders, each with its seed, and full sizes."""
    seeds = [str(random.SystemRandom().getrandbits(32)) for _ in range(orders)]
    full = {"SOAK": "1", "ORDER": seeds[0]}
    return [
        Step("test", 2 * shares()["test"], full),
        *(Step("test", shares()["test"], {"ORDER": seed}) for seed in seeds[1:]),
        Step("test-slow", 2 * shares()["test-slow"], full),
        Step("test-structure", 3 * shares()["test-structure"], full),
        Step("test-cloud", 3 * shares()["test-cloud"], full),
    ]


def run(steps: Iterable[Step]) -> int:
    """Run steps until one fails, and print their times. Returns the failed step's exit status, or 0."""
    lines, code, begun = [], 0, time.monotonic()
    for step in steps:
        started = time.monotonic()
        code = subprocess.run(
            [os.environ.get("MAKE", "make"), "--no-print-directory", *str(step).split()], cwd=ROOT, check=False
        ).returncode
        lines.append(_line(step, time.monotonic() - started) + (" failed" if code else ""))
        if code:
            break
    whole = (time.monotonic() - begun) / 60
    print("\n".join([*lines, f"{whole:.1f} of {WHOLE} minutes"]))
    return code


def _line(step: Step, seconds: float) -> str:
    over = "" if seconds <= 60 * step.minutes else f"; over its share of {step.minutes} min, so move cases to make soak, or share anew"
    return f"{seconds:7.1f} s  make {step}{over}"


if __name__ == "__main__":
    sys.exit(run(soak() if sys.argv[1:] == ["soak"] else check(sys.argv[1:])))
