"""Runs the benchmark: `make bench`, or `make bench ARGS=--write` to store the results."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import logging
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import lists, report, timing, units
from benchmarks.cloud import cloud
from benchmarks.packaged import unpacked
from benchmarks.recording import Recording, record
from tests.harness.fleet import Fleet
from tests.suite.routes import every_route
from tests.suite.world import World

RESULTS = Path(__file__).with_name("results.json")


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measures requests, units and processor time of every route.")
    parser.add_argument("--write", action="store_true", help="keep the results, in benchmarks/results.json and docs/budgets.md")
    parser.add_argument("--only", default="", metavar="NAME", help="routes whose name has this in it; units are left out")
    parser.add_argument("--lists", action="store_true", help="lists that look through a whole fleet, too, where --only leaves them out")
    given = parser.parse_args()
    results: dict[str, Any] = {"machine": machine(), "load": {"before": os.getloadavg()[0]}, "routes": {}}
    begun = time.monotonic()
    logging.getLogger("muster").setLevel(logging.ERROR)  # in this process only: children log as functions do
    if not given.only:
        print("Units")
        for name, cost in units.measure().items():
            results["routes"][name] = {"units": cost}
    print("Processor time")
    recordings, at = recorded()
    measure([each for each in recordings if given.only in each.name], at, results["routes"])
    if not given.only or given.lists:
        print("Lists")
        results["lists"] = lists.measure()
    results |= {"seconds": round(time.monotonic() - begun)}
    results["load"]["after"] = os.getloadavg()[0]
    print(report.text(results))
    if given.write and not given.only:
        RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
        report.write(results)
    return 0


def recorded() -> tuple[list[Recording], datetime]:
    """The recorded call of every route, and the time of the recording."""
    with cloud():
        world = World.make(Fleet(), repeatable=True).ready(*every_route())
        return record(world), datetime.now(UTC)


def measure(recordings: list[Recording], at: datetime, routes: dict[str, Any]) -> None:
    """Add the warm and cold times of each route."""
    packages = unpacked()
    with timing.stand_in() as aws:
        for recording in recordings:
            results = routes.setdefault(recording.name, {})
            results |= {"layers": list(recording.layers), "hashes": recording.hashes}
            results["warm"] = timing.warm(aws, recording, at)
            results["cold"] = timing.cold(aws, recording, packages)
            print(
                f"  {recording.name}: warm {report.ratio(results['warm'], 'bare')}, cold {report.ratio(results['cold'], 'plain')}",
                flush=True,
            )


def machine() -> dict[str, Any]:
    """The machine and the Python version."""
    versions = {name: importlib.metadata.version(name) for name in ("boto3", "botocore", "chalice", "pydantic", "aws-lambda-powertools")}
    return {"processors": os.cpu_count(), "architecture": platform.machine(), "python": platform.python_version(), **versions}


if __name__ == "__main__":
    sys.exit(main())
