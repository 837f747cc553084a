"""Failed tries, one row for each place where they are counted: to prove who one is, or to claim a gateway.

The former belong to whoever tries, so the reach is not checked; the latter to an organization.
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
_UNTRIED = "attribute_not_exists(pk) OR version = :before"
_ITEMS = Items(Throttle, "Throttle")


def proving(hash: str) -> table.Key:
    """Where tries are counted of somebody without a session; `hash` is keyed, as what is hashed may be anything that a caller sends."""
    return f"TRIES#{hash}", "TRIES"


def confirming(user: str) -> table.Key:
    """Where tries to confirm something within a session are counted."""
    return proving(user)


def claiming(organization: str) -> table.Key:
    """Where an organization's failed claims of gateways are counted."""
    return proving(f"CLAIMS#{organization}")


class Throttles:
    """Failed tries (access-patterns.md T1 to T5)."""

    @staticmethod
    @reads_rows(proving(ANY))
    def at(place: table.Key) -> Read[Throttle]:
        """T1: the tries that are counted in one place."""
        return _ITEMS.unchecked(place).map(_or_none_yet)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[proving(ANY)])
    def store_writes(reach: Reach, rule: ThrottleRule, place: table.Key, throttle: Throttle) -> list[Write]:
        """T2: the writes of the next tries. They fail when somebody TRIED meanwhile; an expired row is no obstacle."""
        return [_next(reach, rule, place, throttle)]

    @staticmethod
    @reads_rows(claiming(ANY))
    def of_claims(organization: str) -> Read[Throttle]:
        """T3: the failed claims of an organization."""
        return _ITEMS.unchecked(claiming(organization)).map(_or_none_yet)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[claiming(ANY)])
    def failed_claim_writes(reach: Reach, rule: ThrottleRule, organization: str, throttle: Throttle) -> list[Write]:
        """T4: the writes of the next failed claim. They fail as those of T2."""
        reach.demand_change(organization, "Gateway")
        return [_next(reach, rule, claiming(organization), throttle)]

    @staticmethod
    @needs("FleetTable", "dynamodb:ConditionCheckItem", keys=[claiming(ANY)])
    def claim_checks(reach: Reach, organization: str, throttle: Throttle) -> list[Write]:
        """T5: the check that no failed claim was counted since these were read. It fails with TRIED."""
        reach.demand_change(organization, "Gateway")
        return [Write.check(claiming(organization), _UNTRIED, named=TRIED, before={"N": str(throttle.version)})]


def _or_none_yet(throttle: Throttle | None) -> Throttle:
    return throttle or Throttle()


def _next(reach: Reach, rule: ThrottleRule, place: table.Key, throttle: Throttle) -> Write:
    row, ends = _ITEMS.attributes(reach, throttle), throttle.forgotten(rule)
    if ends is not None:
        row["ttl"] = {"N": str(int((ends + timedelta(seconds=1)).timestamp()))}
    return Write.put(place, row, _UNTRIED, named=TRIED, before={"N": str(throttle.version - 1)})
