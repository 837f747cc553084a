"""Checks the things that should have been heard by now, and no others (thingsee.md 7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from fleet.access import Reach
from fleet.alerts.alert import Type
from fleet.alerts.install import with_state
from fleet.alerts.state import ThingState
from fleet.alerts.states import States
from fleet.alerts.track import AlertTracker
from fleet.aws.reads import every, fetch
from fleet.aws.writes import Refused
from fleet.grants import uses
from fleet.registry.thing import Thing

Known = Mapping[str, tuple[Thing, ThingState] | None]
Outcome = Literal["Started", "Moved", "Dropped", "Passed"]
MOST = 2000
"""Things of a shard that one evaluation checks; the next one goes on."""
_TOGETHER = 50
"""Things whose card and state one request reads."""


@uses(fetch, States.due, AlertTracker.commit, States.drop)
def evaluate(reach: Reach, shard: int, now: datetime) -> Iterator[Outcome]:
    """Check the things of a shard that are due: one that was heard is moved to its next time, one that was not gets its alert.

    One request when nothing is due. Each thing is one transaction that holds only while its state is as it was read: two
    evaluations at once, one that comes late or one that dies half-way do no harm.
    """
    rows = list(States.due(reach, shard, int(now.timestamp()), MOST))
    for start in range(0, len(rows), _TOGETHER):
        batch = rows[start : start + _TOGETHER]
        known = fetch(reach, every({tuid: with_state(tuid).optional() for tuid, _, _ in batch}))
        yield from _check_each(reach, batch, known, now)


def _check_each(reach: Reach, rows: Sequence[tuple[str, Type, int]], known: Known, now: datetime) -> Iterator[Outcome]:
    for tuid, type, second in rows:
        thing_and_state = known[tuid]
        tracker = AlertTracker(*thing_and_state) if thing_and_state else None
        if tracker is None or tracker.state.watch(type).due != second:
            States.drop(reach, tuid, type, second)
            yield "Dropped"
        else:
            yield _check(reach, tracker, now)


def _check(reach: Reach, tracker: AlertTracker, now: datetime) -> Outcome:
    outcome: Outcome = "Dropped"
    if tracker.thing.status == "installed":
        if tracker.deadline > now.timestamp():
            tracker.reschedule()
            outcome = "Moved"
        else:
            tracker.fall_silent()
            outcome = "Started"
    tracker.schedule()
    try:
        tracker.commit(reach)
    except Refused:
        return "Passed"
    return outcome
