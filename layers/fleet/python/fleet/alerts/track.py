"""Alerts of things: when they start and end (thingsee.md 7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fleet.access import Reach
from fleet.alerts.alert import LOST, MISSED, SILENCE, Alert, Type
from fleet.alerts.alerts import Alerts
from fleet.alerts.state import Name, State
from fleet.alerts.states import States
from fleet.aws.writes import Refused, Write, transact
from fleet.grants import needs, uses
from fleet.registry.gateway import Gateway
from fleet.registry.thing import Thing
from fleet.registry.things import key

TYPES: tuple[Type, ...] = (LOST, MISSED)


class Course:
    """A thing's state, led through what happens to it, and the alerts that start and end on the way.

    An event that is not newer than what is known of its type of alert changes nothing. So events that come twice, late
    or out of order lead to the same state.
    """

    def __init__(self, thing: Thing, state: State) -> None:
        self.thing, self.before, self.state = thing, state, state
        self._alerts: dict[tuple[Type, int], Alert] = {}
        self._silence, self._limit = SILENCE[thing.kind]

    def hear(self, at: int) -> None:
        """Something came of the thing or through it (Unix ms)."""
        if at > self.state.heard:
            self.state = self.state.changed(heard=at)

    def happen(self, ts: float) -> None:
        """The thing itself told of an event."""
        if self.state.newest is None or ts > self.state.newest:
            self.state = self.state.changed(newest=ts)

    def read(self, name: Name, ts: float, arrival: int, value: Any) -> None:
        """A message told a value; it counts unless a newer one told another."""
        self.state = self.state.told(name, ts, arrival, value)

    def release(self) -> None:
        """What waited for the thing's first message is on its way."""
        self.state = self.state.changed(released=True)

    def well(self, type: Type, ts: float) -> None:
        """An event says that there is no reason for an alert."""
        watch = self.state.watch(type)
        if watch.older_than(ts):
            self.state = self.state.watched(type, told=ts)
            if watch.active:
                self._end(type, ts)

    def ill(self, type: Type, ts: float, start: float) -> None:
        """An event says that there is reason for one since `start`; a thing that is retired gets none."""
        watch = self.state.watch(type)
        if watch.older_than(ts):
            self.state = self.state.watched(type, told=ts)
            if not watch.active and self.thing.status != "retired":
                self._start(type, start)

    def silent(self) -> None:
        """Nothing was heard for too long: what came last, if anything ever did, is where the alert starts."""
        watch = self.state.watch(self._silence)
        if not watch.active:
            start = self.state.heard / 1000
            self.state = self.state.watched(self._silence, told=max(watch.told or 0, start))
            self._start(self._silence, start)

    def end_all(self, at: float) -> None:
        """End whatever is active."""
        for type in TYPES:
            if self.state.watch(type).active:
                self._end(type, at)

    def look_when_due(self) -> None:
        """Have the thing looked at when it would be silent for too long: one that is installed and has no alert for it yet."""
        watch = self.state.watch(self._silence)
        due = None
        if self.thing.status == "installed" and not watch.active:
            due = self.deadline if watch.due is None else watch.due
        if due != watch.due:
            self.state = self.state.watched(self._silence, due=due)

    def look_later(self) -> None:
        """Have the thing looked at when it would be silent for too long, by what is known now."""
        self.state = self.state.watched(self._silence, due=self.deadline)

    @property
    def deadline(self) -> int:
        """When the thing has been silent for too long, in Unix seconds; one that was never heard counts from its installation."""
        installed = self.thing.installed.timestamp() if self.thing.installed else 0
        return int(self.state.heard / 1000 or installed) + self._limit

    def active(self, type: Type) -> tuple[bool, bool]:
        """Whether there is an alert: before, and now."""
        return self.before.watch(type).active, self.state.watch(type).active

    def _start(self, type: Type, start: float) -> None:
        number = self.state.watch(type).opened + 1
        self.state = self.state.watched(type, start=start, opened=number)
        self._alerts[type, number] = self._alert(type)

    def _end(self, type: Type, at: float) -> None:
        ended = self._alert(type).changed(end=at)
        self._alerts[type, ended.number] = ended
        self.state = self.state.watched(type, start=None)

    def _alert(self, type: Type) -> Alert:
        """The alert that is active."""
        watch, thing = self.state.watch(type), self.thing
        assert watch.start is not None
        return Alert(organization=thing.organization, device=thing.id, name=thing.tuid, type=type, number=watch.opened, start=watch.start)

    @uses(States.storing, Alerts.keeping, Alerts.listing, States.rescheduling)
    def writes(self, reach: Reach) -> list[Write]:
        """What makes it so, all of it or nothing; none when nothing has changed.

        The state's version lets one of two through.
        """
        if self.state == self.before:
            return []
        alerts = self._alerts.values()
        writes = [States.storing(reach, self.thing, self.state.changed(version=self.before.version + 1))]
        writes += [Alerts.keeping(reach, alert) for alert in alerts]
        for type in TYPES:
            mine = [alert for alert in alerts if alert.type == type]
            if mine and self.active(type) != (False, False):
                writes.append(Alerts.listing(reach, mine[-1]))
            old, new = self.before.watch(type).due, self.state.watch(type).due
            if old != new:
                writes += States.rescheduling(reach, self.thing, type, old, new)
        return writes

    @uses(writes, States.keep)
    @needs("FleetTable", "dynamodb:ConditionCheckItem")
    def commit(self, reach: Reach, *only_if: Write) -> bool:
        """Make it so; False when the state was changed meanwhile, or the thing for which an alert starts, and then nothing is.

        `only_if` are further conditions.
        """
        writes = [*self.writes(reach), *only_if]
        if not writes:
            return True
        if len(writes) == 1 and not only_if:
            return States.keep(reach, self.thing, self.state.changed(version=self.before.version + 1))
        if any(alert.end is None for alert in self._alerts.values()):
            writes.append(Write.check(key(self.thing.tuid), "version = :seen", seen={"N": str(self.thing.version)}))
        try:
            transact(writes)
        except Refused:
            return False
        return True


def beginning(reach: Reach, thing: Thing, gateway: Gateway) -> list[Write]:
    """The writes that begin the state of a gateway which gets a TUID, for that transaction: what it last said of its connection."""
    course = Course(thing, State())
    if gateway.newest:
        course.hear(gateway.heard)
        sent = gateway.newest[1].mark.sent / 1000
        if gateway.connected:
            course.well(LOST, sent)
        else:
            course.ill(LOST, sent, sent)
    return course.writes(reach)


@uses(Course.writes)
def following(reach: Reach, after: Thing, state: State, now: datetime) -> list[Write]:
    """The writes that follow from a thing's new installation status, for the transaction that sets it.

    A thing that is retired loses its alerts; one that is installed is looked at when it has been silent for too long.
    They fail when something was heard of the thing meanwhile.
    """
    course = Course(after, state)
    if after.status == "retired":
        course.end_all(now.timestamp())
    course.look_when_due()
    return course.writes(reach)
