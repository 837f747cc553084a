"""Starts the alert of a gateway with a TUID that is disconnected, and ends its alerts when it is there again (thingsee.md 7)."""

from __future__ import annotations

from fleet.access import Reach
from fleet.alerts.alert import LOST
from fleet.alerts.fold import fold
from fleet.alerts.track import AlertTracker
from fleet.aws.reads import nothing
from fleet.grants import uses
from fleet.presence.presence import Sign, Subscriber


@uses(fold)
def _follow(reach: Reach, sign: Sign, _: None) -> None:
    """Start the alert or end those that there are, unless something newer is known of the gateway."""

    def events(tracker: AlertTracker) -> None:
        tracker.hear(sign.mark.heard)
        if sign.there:
            tracker.end_silence(sign.at)
        else:
            tracker.alert(LOST, sign.at, sign.at)

    if sign.card.tuid is not None:
        fold(reach, sign.card.tuid, events)


SUBSCRIBER = Subscriber(reads=nothing, follow=_follow, handled=frozenset({"thingsee.messages"}))
