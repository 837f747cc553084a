"""Says to all who follow the presence of gateways that one was heard, or has left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fleet.access import Reach
from fleet.alerts import connection
from fleet.aws.reads import Read, every
from fleet.grants import uses
from fleet.presence import report_presence
from fleet.presence.presence import Sign, Subscriber
from fleet.telemetry import report_connection

_SUBSCRIBERS: Mapping[str, Subscriber[Any]] = {
    "status": report_presence.SUBSCRIBER,
    "history": report_connection.SUBSCRIBER,
    "connection": connection.SUBSCRIBER,
}
"""Every concern that follows the presence of gateways, in the order in which they hear of it."""

Known = dict[str, Any]


@uses(*(each.reads for each in _SUBSCRIBERS.values()))
def reads(sn: str, type: str) -> Read[Known]:
    """What the subscribers to a type of message have to know of a gateway, by their names."""
    return every({name: each.reads(sn) for name, each in _SUBSCRIBERS.items() if type not in each.handled})


class Announcer:
    """Says what a message shows of its gateway's presence; `sign` is that the gateway was there when it sent the message."""

    def __init__(self, reach: Reach, sign: Sign, known: Known) -> None:
        self._reach, self._sign, self._known = reach, sign, known

    @uses(*(each.follow for each in _SUBSCRIBERS.values()))
    def _say(self, sign: Sign) -> None:
        for name, known in self._known.items():
            _SUBSCRIBERS[name].follow(self._reach, sign, known)

    @uses(_say)
    def heard(self, explicit: bool = False) -> None:
        """The gateway was there; `explicit` as in `Sign`."""
        self._say(replace(self._sign, explicit=explicit))

    @uses(_say)
    def left(self) -> None:
        """The gateway has left."""
        self._say(replace(self._sign, there=False, explicit=True))
