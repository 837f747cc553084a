"""Child processes: each in a session of its own, stopped by process id, and ended when their parent ends."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

_GRACE = 8.0
"""Seconds between SIGTERM and SIGKILL."""


class Child:
    """One process. It writes to a log file; its standard input is a pipe that closes when the parent ends."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name, self.command, self.environment, self.log = name, command, environment, log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it in a session of its own, so that the parent's Ctrl-C does not reach it."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=dict(self.environment), stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        if self.process is not None and self.alive:
            self.process.terminate()

    def stop(self) -> None:
        """Send SIGTERM, wait, and kill it if it is still running."""
        self.ask_to_stop()
        if not self.wait(_GRACE) and self.process is not None:
            self.process.kill()
            self.wait()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has ended, at most so many seconds. Whether it has."""
        if self.process is None:
            return True
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        if self.process.stdin is not None:
            self.process.stdin.close()
        return True

    @property
    def status(self) -> int | None:
        """The exit status, a signal's number negated; None before the end."""
        return None if self.process is None else self.process.returncode


class Supervisor:
    """Restarts children that die, with a backoff that is shorter the longer they lived."""

    def __init__(self, children: Iterable[Child], report: Callable[[str], None]) -> None:
        self.children, self.report = list(children), report
        self._due: dict[str, float] = {}
        self._started: dict[str, float] = {}
        self._wait: dict[str, float] = {}

    def start(self) -> None:
        for child in self.children:
            self._begin(child)

    def restart_dead(self) -> None:
        """Restart dead children whose backoff is over. Call it regularly."""
        now = time.monotonic()
        for child in self.children:
            if child.alive:
                continue
            if child.name not in self._due:
                lived = now - self._started[child.name]
                wait = 0.3 if lived > 30 else min(10.0, 2 * self._wait.get(child.name, 0.15))
                self._wait[child.name], self._due[child.name] = wait, now + wait
                self.report(f"{child.name}: died and is started again; the log is {child.log}")
            elif now >= self._due[child.name]:
                self._begin(child)

    def stop(self) -> None:
        """Stop all children: SIGTERM to all, then wait."""
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.stop()

    def _begin(self, child: Child) -> None:
        self._due.pop(child.name, None)
        self._started[child.name] = time.monotonic()
        child.start()


def stop_event() -> threading.Event:
    """For a child: an event that is set on SIGTERM or SIGINT, or when its standard input closes because its parent ended."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    def wait() -> None:
        while os.read(0, 1024):
            pass
        stop.set()

    threading.Thread(target=wait, daemon=True, name="parent").start()
    return stop
