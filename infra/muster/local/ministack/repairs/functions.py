"""Repairs of MiniStack 1.5.33's functions: a separate interpreter, a clean environment, and a faster start.

LAMBDA_PYTHON is the interpreter, MAX_WORKERS the most processes at once, FAILURES a log file with a line for each failed call.
"""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
import threading
import types
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

_SHARED = ("PATH", "LANG", "TMPDIR", "TZ")
_CREDENTIALS = "AWS_"


def interpreter() -> None:
    """Run functions on a Python without packages, so that their imports must come from their layers."""
    python, detect = os.environ.pop("LAMBDA_PYTHON"), lambda_runtime._detect_runtime_binary

    def detect_separate(runtime: str) -> Any:
        program, script = detect(runtime)
        return (python if runtime.startswith("python") else program, script)

    lambda_runtime._detect_runtime_binary = detect_separate


def clean_environment() -> None:
    """Do not pass this process's environment to functions, except a few standard variables."""

    def start_clean(command: Any, *, env: dict[str, str], **more: Any) -> Any:
        ours = {name for name in os.environ if name not in _SHARED and not name.startswith(_CREDENTIALS)}
        given = {name: value for name, value in env.items() if name not in ours or os.environ[name] != value}
        return subprocess.Popen(command, env=given, **more)

    lambda_runtime.subprocess = _like(subprocess, Popen=start_clean)


def shared_code() -> None:
    """Unpack an archive once and link to it: MiniStack unpacks every layer for every function."""
    store, lock = Path(tempfile.gettempdir()) / "unpacked", threading.Lock()

    class Archive(zipfile.ZipFile):
        def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
            packed = Path(str(self.filename))
            folder = store / hashlib.sha256(packed.read_bytes()).hexdigest()
            with lock:
                if not folder.exists():
                    fresh = folder.with_suffix(".part")
                    super().extractall(fresh)
                    fresh.rename(folder)
            packed.unlink()
            for entry in folder.iterdir():
                (Path(path) / entry.name).symlink_to(entry)

    lambda_runtime.zipfile = _like(zipfile, ZipFile=Archive)


def log_wait() -> None:
    """Wait 2 ms instead of 50 for a call's first log line."""
    drain = lambda_runtime.Worker._drain_stderr_bounded
    lambda_runtime.Worker._drain_stderr_bounded = lambda worker: drain(worker, first_line_wait=0.002, idle_confirm=0.001)


def max_workers() -> None:
    """End the longest idle processes when there are too many: MiniStack keeps one for each function."""
    limit, acquire = int(os.environ.pop("MAX_WORKERS")), lambda_runtime.acquire_worker

    def acquire_within_limit(*given: Any, **named: Any) -> Any:
        worker, how = acquire(*given, **named)
        if how == "spawn":
            lambda_runtime.kill_workers(_surplus(limit))
        return worker, how

    lambda_svc.acquire_worker = acquire_within_limit


def _surplus(limit: int) -> list[Any]:
    """Remove the idle processes above the limit from the pools, and return them."""
    with lambda_runtime._lock:
        living = [(worker.last_used, key, worker) for key, pool in lambda_runtime._workers.items() for worker in pool]
        idle = sorted((each for each in living if not each[2].in_use), key=lambda each: each[0])
        doomed = idle[: max(0, len(living) - limit)]
        for _, key, worker in doomed:
            lambda_runtime._workers[key].remove(worker)
    return [worker for _, _, worker in doomed]


def failures() -> None:
    """Log why an invocation failed: its caller learns only that it did."""
    path, execute = Path(os.environ.pop("FAILURES")), lambda_svc._execute_function

    def execute_and_log(function: Any, event: Any, *given: Any, **named: Any) -> Any:
        result = execute(function, event, *given, **named)
        if isinstance(result, dict) and result.get("error"):
            body = result.get("body")
            message = body.get("errorMessage") if isinstance(body, dict) else body
            line = {"function": (function.get("config") or function)["FunctionName"], "message": str(message)}
            with path.open("a") as file:
                file.write(json.dumps(line) + "\n")
        return result

    lambda_svc._execute_function = execute_and_log


def _like(module: types.ModuleType, **changed: Callable[..., Any]) -> types.ModuleType:
    """A copy of a module with some members changed."""
    copy = types.ModuleType(module.__name__)
    copy.__dict__.update(module.__dict__, **changed)
    return copy


def apply() -> None:
    interpreter()
    clean_environment()
    shared_code()
    log_wait()
    max_workers()
    failures()
