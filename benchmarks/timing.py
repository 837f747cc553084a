"""Processor time of each route, warm and cold, over that of boto3 alone: children talk to a stand-in that answers as recorded."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.packaged import Unpacked
from benchmarks.recording import Recording
from benchmarks.replies import LOAD
from benchmarks.steady import rounds, times
from muster.home import ROOT

ROUNDS, CALM = 12, 3
"""Cold starts of each kind: the maximum, and how many without an improvement end the measurement."""
CHILDREN = 3
"""Processes for warm calls: a single one may be slow throughout."""
_SOURCES = (".", "infra", "layers/fleet/python")


class NotMeasured(Exception):
    """A child process failed; the message holds the end of its output."""


@dataclass(frozen=True)
class StandIn:
    """The stand-in for AWS, and a folder for the children's input and output files."""

    endpoint: str
    folder: Path

    def load(self, recording: Recording) -> None:
        """Load a recording's responses."""
        request = urllib.request.Request(f"{self.endpoint}{LOAD}", pickle.dumps(recording.replies), method="PUT")
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()

    def run(self, *command: str, **environment: str) -> Any:
        """A child's result. Its log is discarded."""
        out = self.folder / "out.json"
        out.unlink(missing_ok=True)
        made = subprocess.run(
            [sys.executable, *command, str(out)], env={**os.environ, "AWS_ENDPOINT_URL": self.endpoint, **environment},
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=120, check=False, cwd=ROOT,
        )  # fmt: skip
        if made.returncode:
            raise NotMeasured(made.stderr.strip().splitlines()[-1] if made.stderr.strip() else "it died")
        return json.loads(out.read_text())


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """Start the stand-in for the duration of the block."""
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
        child = subprocess.Popen([sys.executable, "-m", "benchmarks.replies"], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        try:
            assert child.stdout is not None
            yield StandIn(f"http://127.0.0.1:{int(child.stdout.readline())}", Path(folder))
        finally:
            child.terminate()
            child.wait()


Times = Mapping[str, Any]
"""Milliseconds by kind; or `not measured`, with the reason."""


def warm(aws: StandIn, recording: Recording, at: datetime, children: int = CHILDREN) -> Times:
    """The time of a call and of its baseline: from the rounds of several processes."""
    aws.load(recording)
    spec = aws.folder / "warm.pickle"
    spec.write_bytes(pickle.dumps((recording, at)))
    dialects = [str(path) for path in sorted((ROOT / "layers" / "dialects").glob("*/python"))]
    try:
        found = [aws.run("-m", "benchmarks.warm", str(spec), PYTHONPATH=os.pathsep.join([*_SOURCES, *dialects])) for _ in range(children)]
    except NotMeasured as reason:
        return {"not measured": str(reason)}
    return times([each for one in found for each in one])


def cold(aws: StandIn, recording: Recording, packages: Unpacked) -> Times:
    """The time of a start with its first call: of the route, and of the baseline on its layer and on an unmodified boto3."""
    aws.load(recording)
    _, dialect, handler = recording.module.split(".", 2)
    spec = aws.folder / "cold.pickle"
    specification = {
        "handler": handler,
        "event": recording.event,
        "status": recording.status,
        "paths": packages.paths(dialect),
        "environment": {**recording.environment, "AWS_ENDPOINT_URL": aws.endpoint},
        "calls": [(call.service, call.operation, dict(call.params), call.presigned) for call in recording.calls],
    }
    spec.write_bytes(pickle.dumps(specification))
    start = ("-I", "-S", str(Path(__file__).with_name("cold.py")), str(spec))
    try:
        return times(rounds(lambda kind: float(aws.run(*start, kind)), ("route", "bare", "plain"), ROUNDS, CALM))
    except NotMeasured as reason:
        return {"not measured": str(reason)}
