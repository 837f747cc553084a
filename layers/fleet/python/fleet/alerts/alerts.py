"""Alerts of devices, and which of an organization's devices have one now.

ALERTS#<device id>      <start, 12 digits>#<type>#<number>    every alert; one that has ended expires after 400 days
ORG#<org>#ALERTING      <name>#<type>                         the active ones alone
"""

from __future__ import annotations

from collections.abc import Iterator

from fleet.access import Reach
from fleet.alerts.alert import Alert
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.writes import Write, delete_each
from fleet.grants import ANY, needs

RETENTION = 400 * 24 * 3600
"""Seconds that an alert is stored after its end."""
MOST = 1000
"""How many alerts of a device are shown: the newest."""
_ITEMS = Items(Alert, "Device")


def _history(device: str) -> str:
    return f"ALERTS#{device}"


def _active(organization: str) -> str:
    return f"ORG#{organization}#ALERTING"


def _place(alert: Alert) -> table.Key:
    return _active(alert.organization), f"{alert.name}#{alert.type}"


class Alerts:
    """Alerts (access-patterns.md AL1 to AL6)."""

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[_history(ANY)])
    def store_writes(reach: Reach, alert: Alert) -> list[Write]:
        """AL1: the writes of an alert as it is now, for the transaction of the state that it follows from."""
        expiry = {} if alert.end is None else {"ttl": {"N": str(int(alert.end) + RETENTION)}}
        place = _history(alert.device), f"{int(alert.start):012d}#{alert.type}#{alert.number:06d}"
        return [_ITEMS.put(reach, place, alert, more=expiry)]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[_active(ANY)])
    def list_writes(reach: Reach, alert: Alert) -> list[Write]:
        """AL2: the writes that list an active alert under its organization."""
        reach.demand_change(alert.organization, "Device")
        return [Write.put(_place(alert), {"device": {"S": alert.device}}, None)]

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[_active(ANY)])
    def unlist_writes(reach: Reach, alert: Alert) -> list[Write]:
        """AL6: the writes that remove an alert that has ended from the list of its organization."""
        reach.demand_change(alert.organization, "Device")
        return [Write.delete(_place(alert), None)]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_active(ANY)])
    def alerting(reach: Reach, organization: str) -> list[str]:
        """AL3: the names of an organization's devices that have an active alert, each once, ascending."""
        rows = table.query(reach, organization, "Device", "pk = :pk", {"pk": _active(organization)})
        return list(dict.fromkeys(row["sk"]["S"].partition("#")[0] for row in rows))

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_history(ANY)])
    def of_device(reach: Reach, organization: str, device: str, first: float, last: float) -> list[Alert]:
        """AL4: a device's newest alerts of which a part is in a span of time (Unix seconds, both ends in it), oldest first."""
        return sorted(_overlapping(reach, organization, device, first, last), key=lambda alert: (alert.start, alert.number))

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", "dynamodb:DeleteItem", keys=[_history(ANY)])
    def forget(reach: Reach, organization: str, device: str) -> None:
        """AL5: delete a device's alerts. Doing it again changes nothing."""
        reach.demand_change(organization, "Device")
        delete_each(table.query(reach, organization, "Device", "pk = :pk", {"pk": _history(device)}))


def _overlapping(reach: Reach, organization: str, device: str, first: float, last: float) -> Iterator[Alert]:
    """What counts is the whole second that an alert shows. Alerts are keyed by start, so all earlier ones must be read."""
    values = {"pk": _history(device), "last": f"{int(last):012d}#~"}
    found = 0
    for row in table.query(reach, organization, "Device", "pk = :pk AND sk <= :last", values, backward=True):
        alert = _ITEMS.parse(row)
        if alert.end is None or int(alert.end) >= first:
            yield alert
            found += 1
        if found == MOST:
            return
