"""Failed tries to prove who one is, one row for each place where they are counted. They belong to whoever tries, so the reach is
not checked.
"""

from __future__ import annotations

from datetime import timedelta

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, reads_rows
from fleet.aws.writes import Write
from fleet.grants import ANY, needs
from fleet.identity.throttle import Throttle, ThrottleRule

TRIED = "tried-meanwhile"
"""The condition that no other try was counted meanwhile."""
_ITEMS = Items(Throttle, "Throttle")


def proving(hash: str) -> table.Key:
    """Where tries are counted of somebody without a session; `hash` is keyed, as what is hashed may be anything that a caller sends."""
    return f"TRIES#{hash}", "TRIES"


def confirming(user: str) -> table.Key:
    """Where tries to confirm something within a session are counted."""
    return proving(user)


class Throttles:
    """Failed tries (access-patterns.md T1 and T2)."""

    @staticmethod
    @reads_rows(proving(ANY))
    def at(place: table.Key) -> Read[Throttle]:
        """T1: the tries that are counted in one place."""
        return _ITEMS.unchecked(place).map(lambda throttle: throttle or Throttle())

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[proving(ANY)])
    def store_writes(reach: Reach, rule: ThrottleRule, place: table.Key, throttle: Throttle) -> list[Write]:
        """T2: the writes of the next tries. They fail when somebody TRIED meanwhile; an expired row is no obstacle."""
        row, ends = _ITEMS.attributes(reach, throttle), throttle.forgotten(rule)
        if ends is not None:
            row["ttl"] = {"N": str(int((ends + timedelta(seconds=1)).timestamp()))}
        condition, before = "attribute_not_exists(pk) OR version = :before", {"N": str(throttle.version - 1)}
        return [Write.put(place, row, condition, named=TRIED, before=before)]
