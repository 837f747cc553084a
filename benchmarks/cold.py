"""Processor time of one cold start: a fresh interpreter imports a route and calls it, or imports boto3 and makes the same calls.

It runs as a child without site packages, like a function: python -I -S cold.py SPEC KIND OUT. Starting the interpreter is not counted.
"""

from __future__ import annotations

import importlib
import json
import os
import pickle
import sys
import time
from typing import Any


class Context:
    """The context that Lambda passes to a handler with the event."""

    function_name = "bench"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:bench"
    aws_request_id = "00000000-0000-0000-0000-000000000000"


def route(spec: dict[str, Any]) -> None:
    entry = importlib.import_module(spec["handler"]).handler
    status = entry(spec["event"], Context())["statusCode"]
    assert status == spec["status"], status


def bare(spec: dict[str, Any]) -> None:
    importlib.import_module("bare").baseline(spec["calls"])()


def main(file: str, kind: str, out: str) -> None:
    with open(file, "rb") as opened:
        spec = pickle.load(opened)
    os.environ.update(spec["environment"])
    sys.path[:0] = spec["paths"][kind]
    begun = time.process_time()
    (route if kind == "route" else bare)(spec)
    taken = (time.process_time() - begun) * 1000
    with open(out, "w") as written:
        json.dump(taken, written)


if __name__ == "__main__":
    main(*sys.argv[1:4])
