"""Whatever fails between the functions and AWS, the final state is that of one undisturbed run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict

import pytest
import time_machine

from tests.faults import bulk_places, job_places, operator_places, places, purge_places, registry_places, table, thing_places, worker_places
from tests.faults.conftest import PROPERTY, WRITTEN
from tests.faults.places import Place
from tests.faults.trial import KINDS, Trial
from tests.harness.fleet import Fleet
from tests.harness.sizes import size
from tests.workers.messages import NOW

PLACES = [
    *places.routes(),
    *worker_places.uplink(),
    *thing_places.things(),
    *worker_places.others(),
    *purge_places.purges(),
    *job_places.jobs(),
    *operator_places.operator(),
    *registry_places.use_cases(),
    *bulk_places.use_cases(),
]
EACH = size(6, sys.maxsize)
"""Most trials with a single fault for each place, lost answers to writes first; in full size every fault at every call."""
SEVERAL = size(1, 25)
"""Trials with several faults for each place."""


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_nothing_is_lost_and_nothing_doubled(place: Place, fleet: Fleet, record_property: Callable[[str, object], None]) -> None:
    trial = Trial(place.prepare(fleet))
    trial.each(place.name, EACH)
    trial.several(place.name, SEVERAL)
    trial.repeat_success()
    trial.stream(place.name, EACH)
    record_property(PROPERTY, [place.name, asdict(trial.report)])
    assert trial.report.wrong == []
    assert sum(tally.hit for tally in trial.report.tallies.values()) > 0


@pytest.mark.skipif(bool(WRITTEN), reason="the table is being written")
def test_the_table_on_the_page_is_of_these_places_and_faults() -> None:
    """`make faults` writes it anew."""
    kinds, rows = table.read()
    assert kinds == list(KINDS)
    assert rows == sorted(place.name for place in PLACES)
