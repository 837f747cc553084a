"""Runs commands on this machine: argument arrays, no shell, terminal, input or environment."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import IO

from muster.simulate.shell import CAP, Outcome, Stages, make_outcome

PLACES = ("/usr/sbin", "/usr/bin", "/sbin", "/bin")
"""Where programs are looked up; the caller's PATH is ignored."""
_NOT_FOUND = 127
_GLANCE = 0.2


def run(stages: Stages, timeout: float, stop: Event) -> Outcome:
    """Run a pipeline that the allow-list accepted. It is killed after `timeout` seconds, or when the simulation stops."""
    programs = [_find_program(stage[0]) for stage in stages]
    for stage, program in zip(stages, programs, strict=True):
        if program is None:
            return make_outcome("EXITED", [_NOT_FOUND], f"{stage[0]}: not found\n".encode())
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for stage, program in zip(stages, programs, strict=True):
            processes.append(
                _start([str(program), *stage[1:]], processes[-1].stdout if processes else None, last=len(processes) + 1 == len(stages))
            )
        return _watch(processes, time.monotonic() + timeout, stop)
    finally:
        _end(processes)


def _find_program(name: str) -> Path | None:
    """The absolute path of a program."""
    candidates = (Path(place, name) for place in PLACES)
    return next((path for path in candidates if path.is_file() and os.access(path, os.X_OK)), None)


def _start(arguments: Sequence[str], source: IO[bytes] | None, *, last: bool) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        arguments,
        stdin=source or subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if last else subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    )
    if source:
        source.close()  # so that the writer gets SIGPIPE when its reader has ended
    return process


def _watch(processes: Sequence[subprocess.Popen[bytes]], deadline: float, stop: Event) -> Outcome:
    output, cut, open_end = bytearray(), False, True
    out = processes[-1].stdout
    assert out is not None
    with selectors.DefaultSelector() as selector:
        selector.register(out, selectors.EVENT_READ)
        while time.monotonic() < deadline and not stop.is_set():
            if not open_end:
                if all(process.poll() is not None for process in processes):
                    return make_outcome(
                        "EXITED", [_code(process, last=process is processes[-1]) for process in processes], bytes(output), cut
                    )
                stop.wait(_GLANCE / 10)
            elif selector.select(_GLANCE):
                chunk = os.read(out.fileno(), CAP)
                open_end = bool(chunk)
                cut = cut or len(output) + len(chunk) > CAP
                output += chunk[: CAP - len(output)]
    return make_outcome("TIMED_OUT", [], bytes(output), cut)


def _code(process: subprocess.Popen[bytes], *, last: bool) -> int:
    """The exit code, 128 + n for signal n as in shells. A stage that SIGPIPE ended has not failed."""
    code = process.returncode
    if code == -signal.SIGPIPE and not last:
        return 0
    return 128 - code if code < 0 else code


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Kill every stage with its process group."""
    for process in processes:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()
