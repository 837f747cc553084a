"""Failures to prove who one is, each place where they are counted a row. They belong to whoever tries, so reach does not judge them."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read
from fleet.aws.writes import Write
from fleet.grants import needs
from fleet.identity.throttle import WINDOW, Failures


def _key(place: str) -> table.Key:
    return f"FAILURES#{place}", "FAILURES"


_ITEMS = Items(Failures, "Failures")


class Counted:
    """Failures (access-patterns.md FL1 and FL2). A place is a keyed hash of what it is about: that may be anything a caller sends."""

    @staticmethod
    def at(place: str) -> Read[Failures]:
        """FL1: the failures that are counted in one place."""
        return _ITEMS.unchecked(_key(place)).map(lambda failures: failures or Failures())

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def noting(reach: Reach, place: str, failures: Failures) -> Write:
        """FL2: the write of the next failures; it fails when another one was noted meanwhile. The row goes by itself."""
        row = {
            "version": {"N": str(failures.version)},
            "body": {"S": failures.model_dump_json()},
            "ttl": {"N": str(int((failures.at[-1] + WINDOW).timestamp()) + 1)},
        }
        condition = "attribute_not_exists(pk) OR version = :before"
        return Write.put(_key(place), row, condition, before={"N": str(failures.version - 1)})
