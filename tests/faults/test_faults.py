"""Whatever fails between the functions and AWS, the final state is that of one undisturbed run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine

from tests.faults import operator_places, places, registry_places, table, thing_places, worker_places
from tests.faults.places import Place
from tests.faults.trial import Report, Trial
from tests.harness.fleet import Fleet
from tests.harness.sizes import size
from tests.workers.messages import NOW

PLACES = [
    *places.routes(),
    *worker_places.uplink(),
    *thing_places.things(),
    *worker_places.others(),
    *operator_places.operator(),
    *registry_places.use_cases(),
]
EACH = size(8, sys.maxsize)
"""Most trials with a single fault for each place, lost answers to writes first; in full size every fault at every call."""
SEVERAL = size(2, 25)
"""Trials with several faults for each place."""
WRITTEN = os.environ.get("FAULTS_WRITTEN")
"""A file to write the table of docs/faults.md to."""


@pytest.fixture(scope="module")
def reports() -> Iterator[dict[str, Report]]:
    collected: dict[str, Report] = {}
    yield collected
    if WRITTEN:
        table.write(Path(WRITTEN), collected)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_nothing_is_lost_and_nothing_doubled(place: Place, fleet: Fleet, reports: dict[str, Report]) -> None:
    trial = Trial(place.prepare(fleet))
    trial.each(place.name, EACH)
    trial.several(place.name, SEVERAL)
    trial.repeat_success()
    trial.stream(place.name, EACH)
    reports[place.name] = trial.report
    assert trial.report.wrong == []
    assert sum(tally.hit for tally in trial.report.tallies.values()) > 0
