"""Processor time of a warm route and of its baseline. It runs as a child: standard output holds log lines."""

from __future__ import annotations

import importlib
import json
import os
import pickle
import sys
import time
from collections.abc import Callable
from pathlib import Path

import time_machine

from benchmarks.bare import baseline
from benchmarks.recording import Recording, Tape
from benchmarks.steady import rounds
from fleet.aws import clients
from tests.harness.call import Context

CALLS, ROUNDS, CALM = 10, 60, 8
"""Calls in a round, the maximum of rounds, and how many without an improvement end the measurement."""
LONGEST = 100
"""Milliseconds that a round of a slow route takes, as far as one call does not take longer."""


def main(spec: Path, out: Path) -> None:
    recording, at = pickle.loads(spec.read_bytes())
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    os.environ.update({**recording.environment, "AWS_ENDPOINT_URL": endpoint})
    with time_machine.travel(at):  # at the time of the recording, credentials and codes are valid
        route = _route(recording)
        tape = Tape()
        tape.listen(clients.session())
        route()
        tape.calls.clear()
        route()
        ask = baseline([(call.service, call.operation, dict(call.params), call.presigned) for call in tape.calls])
        ask()
        clients.forget()  # the measured clients have no listeners
        route()
        work = {"route": route, "bare": ask}
        calls = max(1, min(CALLS, int(LONGEST / _milliseconds(route, 1))))
        found = rounds(lambda kind: _milliseconds(work[kind], calls), tuple(work), ROUNDS, CALM)
    out.write_text(json.dumps(found))


def _route(recording: Recording) -> Callable[[], None]:
    entry = importlib.import_module(recording.module).handler

    def call() -> None:
        status = entry(dict(recording.event), Context())["statusCode"]
        assert status == recording.status, status

    return call


def _milliseconds(work: Callable[[], None], calls: int) -> float:
    begun = time.process_time()
    for _ in range(calls):
        work()
    return (time.process_time() - begun) / calls * 1000


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
