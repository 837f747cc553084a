"""Accounts for the tests' processor time and AWS calls: printed after every run, and limited in CI.

Processor time is user plus system time of all processes and their children. It is measured in units of a fixed piece of
work that is timed in the same run, since machines differ. When a limit is reached, look for what has become slow, or adapt
the limit to the numbers that `make test` prints.
"""

from __future__ import annotations

import gc
import resource
import statistics
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import pytest
from botocore import handlers

MEAN_CALLS = 6.0
"""Most AWS calls of `make test` for each test on average; last measured as 5.9."""
MEAN_LOOPS = 1.8
"""Most processor time of `make test` for each test on average, in loops (see `loop`); last measured as 1.6."""
LONGEST_LOOPS = 150
"""Most processor time of a test without the mark `slow`, in loops. Two seconds are a hundred loops; the rest is for noise and
for what the first test of a process starts."""
_EVERY = 50
"""Number of tests between two timings of the loop."""
_NAMED = 5
"""Number of slowest tests that are listed."""

Hold = Literal["nothing", "longest", "means"]


@dataclass
class Account:
    """The costs of one process. `loops`: timings of the fixed work in seconds; `each`: seconds, test, and whether it is marked slow."""

    seconds: float = 0.0
    calls: int = 0
    loops: list[float] = field(default_factory=list)
    tests: int = 0
    each: list[tuple[float, str, bool]] = field(default_factory=list)

    def add(self, other: Account) -> None:
        """Add the costs of another process."""
        self.seconds += other.seconds
        self.calls += other.calls
        self.tests += other.tests
        self.loops += other.loops
        self.each += other.each

    @property
    def loop(self) -> float:
        """The typical time of the fixed work in seconds: other work on the machine slows it like the tests."""
        return statistics.median(self.loops)

    @property
    def slowest(self) -> list[tuple[float, str, bool]]:
        return sorted(self.each, reverse=True)

    def report(self) -> list[str]:
        """The report's lines."""
        mean = self.seconds / self.tests
        return [
            f"{self.seconds:.1f} s of processor time, {self.tests} tests: {1000 * mean:.1f} ms ({mean / self.loop:.2f} loops"
            f" of {1000 * self.loop:.1f} ms) and {self.calls / self.tests:.2f} calls of AWS a test",
            *(f"  {seconds:.2f} s {name}{' (slow)' if slow else ''}" for seconds, name, slow in self.slowest[:_NAMED]),
        ]

    def over(self, hold: Hold) -> list[str]:
        """A line for each exceeded limit."""
        found = []
        if hold == "means" and self.calls > MEAN_CALLS * self.tests:
            found.append(f"a mean test calls AWS more than {MEAN_CALLS} times: see what the slowest modules ask for")
        if hold == "means" and self.seconds > MEAN_LOOPS * self.loop * self.tests:
            found.append(f"a mean test takes more than {MEAN_LOOPS} loops: see where the slowest tests spend their time")
        if hold != "nothing":
            most = LONGEST_LOOPS * self.loop
            found += [
                f"{name} took {seconds:.1f} s, more than {most:.1f}: make it quick, or mark it slow"
                for seconds, name, slow in self.slowest
                if seconds > most and not slow
            ]
        return found


class Accounting:
    """The plugin. A worker of xdist passes its account to the controller, which has costs of its own."""

    def __init__(self, config: pytest.Config) -> None:
        self._hold: Hold = config.getoption("hold")
        self._is_worker = hasattr(config, "workeroutput")
        self._has_workers = bool(config.getoption("numprocesses", None))
        self._account = Account()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        if self._account.tests % _EVERY == 0:
            timed = [loop(), loop()]  # the better of two: the first may run with cold caches
            self._account.add(Account(-sum(timed), loops=[min(timed)]))
        before = _seconds() - _collecting[0]
        done = yield
        self._account.tests += 1
        self._account.each.append((_seconds() - _collecting[0] - before, item.nodeid, any(item.iter_markers("slow"))))
        return done

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        if account := getattr(node, "workeroutput", {}).get("account"):
            self._account.add(Account(**account))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        spent = time.process_time() if self._has_workers else _seconds()  # workers report for themselves and their children
        self._account.add(Account(spent, _calls[0]))
        if self._is_worker:
            self._account.each = self._account.slowest[:_NAMED] + [each for each in self._account.slowest[_NAMED:] if each[0] > 1]
            session.config.workeroutput["account"] = asdict(self._account)  # type: ignore[attr-defined]
        elif self._account.tests and self._account.over(self._hold) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._account.tests:
            terminalreporter.section("processor time")
            for line in self._account.report():
                terminalreporter.write_line(line)
            for line in self._account.over(self._hold):
                terminalreporter.write_line(f"Over its limit: {line}", red=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--hold",
        default="nothing",
        choices=["nothing", "longest", "means"],
        help="fail if a test not marked slow takes too long, or also if the mean test does",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes more than two seconds of processor time (make check runs these, make test does not)")
    config.pluginmanager.register(Accounting(config))


def _seconds() -> float:
    """Processor time of this process and of its children that have ended."""
    spent = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in spent)


def loop() -> float:
    """Processor time, in seconds, of a fixed piece of the work that tests do: dictionaries, texts, calls."""
    start = time.process_time()
    kept: dict[str, int] = {}
    for number in range(50_000):
        kept[f"{number % 500}#{number % 7}"] = max(number, len(kept))
    assert len(kept) == 3_500
    return time.process_time() - start


_calls = [0]
_collecting = [0.0]
"""Seconds that collecting garbage took. It is of no test: whichever runs when all that a process holds is looked through pays for all."""


def _count(**_: Any) -> None:
    _calls[0] += 1


handlers.BUILTIN_HANDLERS.append(("before-call", _count))


def _collect(phase: str, _: Any) -> None:
    _collecting[0] += time.process_time() if phase == "stop" else -time.process_time()


gc.callbacks.append(_collect)
