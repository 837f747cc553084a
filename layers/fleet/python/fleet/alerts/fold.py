"""Folds events into the stored state of a thing and its alerts."""

from __future__ import annotations

from collections.abc import Callable

from fleet.access import Reach
from fleet.alerts.alerts import Alerts
from fleet.alerts.install import with_state
from fleet.alerts.state import ThingState
from fleet.alerts.track import AlertTracker
from fleet.aws.retrying import retrying
from fleet.grants import uses
from fleet.registry.thing import Thing


@uses(with_state, AlertTracker.commit, Alerts.list_writes, Alerts.unlist_writes)
def fold(reach: Reach, tuid: str, events: Callable[[AlertTracker], None], known: tuple[Thing, ThingState] | None = None) -> AlertTracker:
    """Fold events into a thing's state, anew when it was changed meanwhile. `known` is the state where it has been read already."""

    def attempt(known: tuple[Thing, ThingState]) -> AlertTracker:
        tracker = AlertTracker(*known)
        events(tracker)
        tracker.schedule()
        tracker.commit(reach)
        return tracker

    return retrying(reach, with_state(tuid), attempt, first=known)
