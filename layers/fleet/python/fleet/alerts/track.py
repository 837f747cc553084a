"""Alerts of things: when they start and end (thingsee.md 7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fleet.access import Reach
from fleet.alerts.alert import LOST, MISSED, SILENCE, Alert, Type
from fleet.alerts.alerts import Alerts
from fleet.alerts.state import Name, ThingState
from fleet.alerts.states import States
from fleet.aws.writes import Write, transact, write_alone
from fleet.grants import ANY, needs, uses
from fleet.registry.devices import CHANGED
from fleet.registry.gateway import Gateway
from fleet.registry.thing import Thing
from fleet.registry.things import key

TYPES: tuple[Type, ...] = (LOST, MISSED)


class AlertTracker:
    """Folds events into a thing's state and opens or closes its alerts. Duplicate, late and out-of-order events are safe.

    An event that is not newer than what is known of its type of alert changes nothing.
    """

    def __init__(self, thing: Thing, state: ThingState) -> None:
        self.thing, self.before, self.state = thing, state, state
        self._alerts: dict[tuple[Type, int], Alert] = {}
        self._silent, self._limit = SILENCE[thing.kind]

    def hear(self, at: int) -> None:
        """Something was received from the thing or through it (Unix ms)."""
        if at > self.state.heard:
            self.state = self.state.changed(heard=at)

    def observe(self, ts: float) -> None:
        """The thing itself reported an event."""
        if self.state.newest is None or ts > self.state.newest:
            self.state = self.state.changed(newest=ts)

    def read(self, name: Name, ts: float, arrival: int, value: Any) -> None:
        """A message has a value; it counts unless it is known from a newer one."""
        self.state = self.state.with_reading(name, ts, arrival, value)

    def release(self) -> None:
        """What waited for the thing's first message has been sent."""
        self.state = self.state.changed(released=True)

    def end_silence(self, ts: float) -> None:
        """An event shows that the thing is there: there is no reason for the alerts that silence starts."""
        for type in self._silent:
            self.clear(type, ts)

    def clear(self, type: Type, ts: float) -> None:
        """An event shows that there is no reason for an alert."""
        watch = self.state.watch(type)
        if watch.older_than(ts):
            self.state = self.state.with_watch(type, latest=ts)
            if watch.active:
                self._end(type, ts)

    def alert(self, type: Type, ts: float, start: float) -> None:
        """An event shows that there has been reason for an alert since `start`; a thing that is retired gets none."""
        watch = self.state.watch(type)
        if watch.older_than(ts):
            self.state = self.state.with_watch(type, latest=ts)
            if not watch.active and self.thing.status != "retired":
                self._start(type, start)

    def fall_silent(self) -> None:
        """Nothing was received for too long. The alerts start where something last was, or at 0."""
        start = self.state.heard / 1000
        for type in self._silent:
            watch = self.state.watch(type)
            if not watch.active:
                self.state = self.state.with_watch(type, latest=max(watch.latest or 0, start))
                self._start(type, start)

    def end_all(self, at: float) -> None:
        """End every active alert."""
        for type in TYPES:
            if self.state.watch(type).active:
                self._end(type, at)

    def schedule(self) -> None:
        """Schedule the check for silence, of a thing that is installed and lacks an alert for it; else none is needed."""
        due = None
        if self.thing.status == "installed" and not all(self.state.watch(type).active for type in self._silent):
            due = self.deadline if self.state.due is None else self.state.due
        if due != self.state.due:
            self.state = self.state.changed(due=due)

    def reschedule(self) -> None:
        """Move the check for silence to the deadline by what is known now."""
        self.state = self.state.changed(due=self.deadline)

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
        self.state = self.state.with_watch(type, start=start, opened=number)
        self._alerts[type, number] = self._active_alert(type)

    def _end(self, type: Type, at: float) -> None:
        ended = self._active_alert(type).changed(end=at)
        self._alerts[type, ended.number] = ended
        self.state = self.state.with_watch(type, start=None)

    def _active_alert(self, type: Type) -> Alert:
        watch, thing = self.state.watch(type), self.thing
        assert watch.start is not None
        return Alert(organization=thing.organization, device=thing.id, name=thing.tuid, type=type, number=watch.opened, start=watch.start)

    @uses(States.store_writes, Alerts.store_writes, States.reschedule_writes)
    def writes(self, reach: Reach) -> list[Write]:
        """The writes of the state and the alerts; none when nothing has changed. They fail when the state was changed meanwhile.

        Who starts alerts uses Alerts.list_writes besides; who ends them, Alerts.unlist_writes.
        """
        if self.state == self.before:
            return []
        alerts = self._alerts.values()
        writes = States.store_writes(reach, self.thing, self.state.changed(version=self.before.version + 1))
        for alert in alerts:
            writes += Alerts.store_writes(reach, alert)
        for type in TYPES:
            mine = [alert for alert in alerts if alert.type == type]
            if mine and self.active(type) != (False, False):
                writes += (Alerts.list_writes if mine[-1].end is None else Alerts.unlist_writes)(reach, mine[-1])
        if self.before.due != self.state.due:
            writes += States.reschedule_writes(reach, self.thing, self.before.due, self.state.due)
        return writes

    @uses(writes)
    @needs("FleetTable", "dynamodb:ConditionCheckItem", keys=[key(ANY)])
    def commit(self, reach: Reach, checks: Sequence[Write] = ()) -> None:
        """Do the writes, on condition of these checks. Refused when one fails, the state was changed meanwhile, or the thing for which
        an alert starts or a first state is stored: the states and alerts of a thing that is deleted have been deleted.
        """
        changes = self.writes(reach)
        writes = [*changes, *checks]
        if (changes and not self.before.version) or any(alert.end is None for alert in self._alerts.values()):
            seen = {"seen": {"N": str(self.thing.version)}, "device": {"S": self.thing.id}}
            writes.append(Write.check(key(self.thing.tuid), "version = :seen AND device = :device", named=CHANGED, **seen))
        if len(writes) == 1 and not checks:
            write_alone(*writes)
        else:
            transact(writes)


@uses(AlertTracker.writes, Alerts.list_writes)
def initial_writes(reach: Reach, thing: Thing, gateway: Gateway) -> list[Write]:
    """The writes of the first state of a gateway that gets a TUID, for that transaction: what it last reported of its connection."""
    tracker = AlertTracker(thing, ThingState())
    newest = gateway.reports.newest
    if newest:
        tracker.hear(gateway.reports.heard)
        sent = newest.mark.sent / 1000
        if newest.connected:
            tracker.end_silence(sent)
        else:
            tracker.alert(LOST, sent, sent)
    return tracker.writes(reach)


@uses(States.store_writes, Alerts.store_writes, Alerts.unlist_writes)
def deletion_writes(reach: Reach, after: Thing, state: ThingState, now: datetime) -> list[Write]:
    """The writes that follow from the deletion of a thing that is not installed, for that transaction: its alerts end.

    It is not checked for silence, so nothing is scheduled. They fail when something was received from the thing meanwhile.
    """
    tracker = AlertTracker(after, state)
    tracker.end_all(now.timestamp())
    return tracker.writes(reach)


@uses(AlertTracker.writes, Alerts.unlist_writes)
def installation_writes(reach: Reach, after: Thing, state: ThingState, now: datetime) -> list[Write]:
    """The writes that follow from a thing's new installation status, for that transaction.

    A thing that is retired loses its alerts; one that is installed is checked for silence. They fail when something was received from
    the thing meanwhile.
    """
    tracker = AlertTracker(after, state)
    if after.status == "retired":
        tracker.end_all(now.timestamp())
    tracker.schedule()
    return tracker.writes(reach)
