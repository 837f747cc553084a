"""The order of the tests: random locally; in CI derived from the committed tree, so that a rerun has the same order.

`--order tree` derives the seed from the committed tree, `--order 123` repeats the order of a run that printed this seed;
`--order random`, the default, leaves it to pytest-randomly. With a seed, every module also belongs to one of two fixed
halves, each of which runs in one process under `-n 2`.
"""

from __future__ import annotations

import functools
import hashlib
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from muster.home import ROOT

SOURCES = ("functions", "infra", "layers", "tests")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--order", default="random", metavar="random|tree|SEED", help="random, as the tree says, or as a seed says")


@pytest.hookimpl(tryfirst=True)  # before pytest-randomly, which chooses its seed here
def pytest_configure(config: pytest.Config) -> None:
    order = config.getoption("order")
    if order != "random":
        config.option.randomly_seed = tree_seed(ROOT) if order == "tree" else int(order)


def pytest_report_header(config: pytest.Config) -> str:
    seed = config.getoption("randomly_seed", "none")
    return f"order: seed {seed}, in two halves if it was given; `make test ORDER={seed}` runs the tests so"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    return None if config.getoption("order") == "random" else _Halves(config, log)


class _Halves(LoadScopeScheduling):  # type: ignore[misc]
    """Assigns each half to one process. The groups of `--dist loadgroup` do not reach the scheduler with pytest 9."""

    @functools.cached_property
    def _half(self) -> dict[str, int]:
        return halves(Counter(map(_module, self.collection)))

    def _split_scope(self, nodeid: str) -> str:
        return f"half {self._half[_module(nodeid)]}"


def halves(tests: Mapping[str, int]) -> dict[str, int]:
    """The half, 0 or 1, of each module, from the number of tests of each.

    Modules are sorted by the hash of their name and divided where half of the tests are: a new module moves only modules at
    the division.
    """
    found, before, total = {}, 0, sum(tests.values())
    for module in sorted(tests, key=lambda name: hashlib.sha256(name.encode()).digest()):
        found[module] = int(2 * before + tests[module] > total)
        before += tests[module]
    return found


def tree_seed(root: Path) -> int:
    """A 32-bit seed from the hash of the committed tree; outside a repository, from the project's Python files."""
    asked = ("git", "-C", str(root), "rev-parse", "--verify", "--quiet", "HEAD^{tree}")
    try:
        found = subprocess.run(asked, capture_output=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        found = _hashed(root, (path for folder in SOURCES for path in (root / folder).rglob("*.py")))
    return int(hashlib.sha256(found).hexdigest()[:8], 16)


def _hashed(root: Path, files: Iterable[Path]) -> bytes:
    whole = hashlib.sha256()
    for path in sorted(files):
        whole.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.digest()


def _module(nodeid: str) -> str:
    return nodeid.partition("::")[0]
