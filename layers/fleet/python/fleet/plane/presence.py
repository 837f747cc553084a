"""Says to all who follow the presence of gateways that one was heard, or has left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fleet.access import Reach
from fleet.alerts import connection
from fleet.aws.reads import Read, every
from fleet.grants import uses
from fleet.registry import report_presence
from fleet.registry.presence import Sign, Subscriber

_SUBSCRIBERS: Mapping[str, Subscriber[Any]] = {"status": report_presence.SUBSCRIBER, "connection": connection.SUBSCRIBER}
"""Every concern that follows the presence of gateways, in the order in which they hear of it."""

Known = dict[str, Any]


def reads(sn: str) -> Read[Known]:
    """What the subscribers have to know of a gateway, by their names."""
    return every({name: each.reads(sn) for name, each in _SUBSCRIBERS.items()})


class Announcer:
    """Says what a message of the type `type` shows of its gateway's presence; `sign` is that it was there when it sent the message."""

    def __init__(self, reach: Reach, type: str, sign: Sign, known: Known) -> None:
        self._reach, self._type, self._sign, self._known = reach, type, sign, known

    @uses(*(each.follow for each in _SUBSCRIBERS.values()))
    def _say(self, sign: Sign) -> None:
        for name, each in _SUBSCRIBERS.items():
            if self._type not in each.handled:
                each.follow(self._reach, sign, self._known[name])

    @uses(_say)
    def heard(self, explicit: bool = False) -> None:
        """The gateway was there; `explicit` as in `Sign`."""
        self._say(replace(self._sign, explicit=explicit))

    @uses(_say)
    def left(self) -> None:
        """The gateway has left."""
        self._say(replace(self._sign, there=False, explicit=True))
