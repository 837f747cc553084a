"""Failed attempts to prove who one is, one row for each place where they are counted. They belong to whoever tries, so the reach is
not checked.
"""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read
from fleet.aws.writes import Write
from fleet.grants import needs
from fleet.identity.throttle import WINDOW, Failures

_ITEMS = Items(Failures, "Failures")


def _key(place: str) -> table.Key:
    return f"FAILURES#{place}", "FAILURES"


class Throttles:
    """Failures (access-patterns.md FL1 and FL2). A place is a keyed hash: what it is about may be anything that a caller sends."""

    @staticmethod
    def at(place: str) -> Read[Failures]:
        """FL1: the failures that are counted in one place."""
        return _ITEMS.unchecked(_key(place)).map(lambda failures: failures or Failures())

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def store_writes(reach: Reach, place: str, failures: Failures) -> list[Write]:
        """FL2: the writes of the next failures. They fail when another one was counted meanwhile. The row expires."""
        row = {**_ITEMS.attributes(reach, failures), "ttl": {"N": str(int((failures.at[-1] + WINDOW).timestamp()) + 1)}}
        return [Write.put(_key(place), row, "attribute_not_exists(pk) OR version = :before", before={"N": str(failures.version - 1)})]
