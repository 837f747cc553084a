"""Alerts of devices, and which of an organization's devices have one now.

ALERTS#<device id>      <start, 12 digits>#<type>#<number>    every alert; one that has ended goes after 400 days
ORG#<org>#ALERTING      <name>#<type>                         the active ones alone
"""

from __future__ import annotations

from collections.abc import Iterator

from fleet.access import Reach
from fleet.alerts.alert import Alert
from fleet.aws import table
from fleet.aws.writes import Write
from fleet.errors import NotFound
from fleet.grants import needs

KEPT = 400 * 24 * 3600
MOST = 1000
"""How many alerts of a device are shown: the newest."""


class Alerts:
    """Alerts (access-patterns.md AL1 to AL4)."""

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def keeping(reach: Reach, alert: Alert) -> Write:
        """AL1: the write of an alert as it is now. It is for the transaction of the state that says so, which lets one of two through."""
        _judge(reach, alert.organization)
        ends = {} if alert.end is None else {"ttl": {"N": str(int(alert.end) + KEPT)}}
        start = f"{int(alert.start):012d}#{alert.type}#{alert.number:06d}"
        return Write.put((f"ALERTS#{alert.device}", start), {"body": {"S": alert.model_dump_json(exclude_none=True)}, **ends}, None)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:DeleteItem")
    def listing(reach: Reach, alert: Alert) -> Write:
        """AL2: the write that lists an active alert under its organization, or takes one that has ended from there."""
        _judge(reach, alert.organization)
        pair = (f"ORG#{alert.organization}#ALERTING", f"{alert.name}#{alert.type}")
        return Write.put(pair, {"device": {"S": alert.device}}, None) if alert.end is None else Write.delete(pair, None)

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def alerting(reach: Reach, organization: str) -> list[str]:
        """AL3: the names of an organization's devices that have an active alert, each once, ascending."""
        _judge(reach, organization)
        rows = table.query("pk = :pk", {"pk": f"ORG#{organization}#ALERTING"})
        return list(dict.fromkeys(row["sk"]["S"].partition("#")[0] for row in rows))

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def of_device(reach: Reach, organization: str, device: str, first: float, last: float) -> list[Alert]:
        """AL4: a device's newest alerts of which a part is in a span of time (Unix seconds, both ends in it), oldest first."""
        _judge(reach, organization)
        return sorted(_overlapping(device, first, last), key=lambda alert: (alert.start, alert.number))


def _overlapping(device: str, first: float, last: float) -> Iterator[Alert]:
    """What counts is the whole second that an alert shows. It is not known where the first one is that has not ended before."""
    values = {"pk": f"ALERTS#{device}", "last": f"{int(last):012d}#~"}
    found = 0
    for row in table.query("pk = :pk AND sk <= :last", values, backward=True):
        alert = Alert.model_validate_json(row["body"]["S"])
        if alert.end is None or int(alert.end) >= first:
            yield alert
            found += 1
        if found == MOST:
            return


def _judge(reach: Reach, organization: str) -> None:
    if not reach.covers(organization):
        raise NotFound("Device")
