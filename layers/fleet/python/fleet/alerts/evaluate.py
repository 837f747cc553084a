"""Checks the things that should have been heard by now, and no others (thingsee.md 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Literal

from fleet.access import Reach
from fleet.alerts.alerts import Alerts
from fleet.alerts.install import with_state
from fleet.alerts.state import ThingState
from fleet.alerts.states import DueRow, States
from fleet.alerts.track import AlertTracker
from fleet.aws.reads import every, fetch
from fleet.aws.writes import Refused
from fleet.grants import uses
from fleet.registry.thing import Thing

Load = Callable[[], tuple[Thing, ThingState] | None]
Outcome = Literal["Started", "Moved", "Dropped", "Passed"]
MOST = 2000
"""Things of a shard that one evaluation checks; the next one goes on."""
_TOGETHER = 50
"""Things whose card and state one request reads."""


@uses(with_state, States.due, AlertTracker.commit, Alerts.list_writes, States.drop)
def due_checks(reach: Reach, shard: int, now: datetime) -> Iterator[Callable[[], Outcome]]:
    """The checks of the things of a shard that are due: one that was heard is moved to its next time, one that was not gets its alerts.

    One request when nothing is due. Each check is one transaction that holds only while the thing's state is as it was read: two
    evaluations at once, one that comes late or one that dies half-way do no harm. A thing whose check fails stays due.
    """
    rows = list(States.due(reach, shard, int(now.timestamp()), MOST))
    for start in range(0, len(rows), _TOGETHER):
        batch = rows[start : start + _TOGETHER]
        known = fetch(reach, every({tuid: with_state(tuid).optional().later() for tuid, _ in batch}))
        yield from (partial(_check, reach, row, known[row[0]], now) for row in batch)


def _check(reach: Reach, row: DueRow, load: Load, now: datetime) -> Outcome:
    tuid, second = row
    thing_and_state = load()
    tracker = AlertTracker(*thing_and_state) if thing_and_state else None
    if tracker is None or tracker.state.due != second:
        States.drop(reach, tuid, second)
        return "Dropped"
    return _settle(reach, tracker, now)


def _settle(reach: Reach, tracker: AlertTracker, now: datetime) -> Outcome:
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
