"""Looks at the things that should have been heard by now, and at no others (thingsee.md 7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from fleet.access import Reach
from fleet.alerts.alert import Type
from fleet.alerts.install import with_state
from fleet.alerts.state import State
from fleet.alerts.states import States
from fleet.alerts.track import Course
from fleet.aws.reads import every, fetch
from fleet.grants import uses
from fleet.registry.thing import Thing

Known = Mapping[str, tuple[Thing, State] | None]
Outcome = Literal["Started", "Moved", "Dropped", "Passed"]
MOST = 2000
"""Things of a shard that one evaluation looks at; the next one goes on."""
_TOGETHER = 50
"""Things whose card and state one request reads."""


@uses(fetch, States.due, Course.commit, States.forget)
def evaluate(reach: Reach, shard: int, now: datetime) -> Iterator[Outcome]:
    """Look at the things of a shard whose time has come: one that was heard is moved to its next time, one that was not gets its alert.

    One request when nothing is due. Each thing is one transaction that holds only while its state is as it was read: two
    evaluations at once, one that comes late or one that dies half-way do no harm.
    """
    rows = list(States.due(reach, shard, int(now.timestamp()), MOST))
    for start in range(0, len(rows), _TOGETHER):
        batch = rows[start : start + _TOGETHER]
        known = fetch(reach, every({tuid: with_state(tuid).optional() for tuid, _, _ in batch}))
        yield from _judged(reach, batch, known, now)


def _judged(reach: Reach, rows: Sequence[tuple[str, Type, int]], known: Known, now: datetime) -> Iterator[Outcome]:
    for tuid, type, second in rows:
        thing_and_state = known[tuid]
        course = Course(*thing_and_state) if thing_and_state else None
        if course is None or course.state.watch(type).due != second:
            States.forget(reach, tuid, type, second)
            yield "Dropped"
        else:
            yield _judge(reach, course, now)


def _judge(reach: Reach, course: Course, now: datetime) -> Outcome:
    outcome: Outcome = "Dropped"
    if course.thing.status == "installed":
        if course.deadline > now.timestamp():
            course.look_later()
            outcome = "Moved"
        else:
            course.silent()
            outcome = "Started"
    course.look_when_due()
    return outcome if course.commit(reach) else "Passed"
