"""Things with stored alerts."""

from __future__ import annotations

from fleet.access import EVERYWHERE
from fleet.alerts.alert import LOST, MISSED, Alert, Type
from fleet.alerts.alerts import Alerts
from fleet.aws.writes import transact
from tests.contract.thingsee.tenant import Tenants
from tests.harness.thingsee_world import ThingseeWorld
from tests.workers.thing_messages import AT


def alert(things: ThingseeWorld, tuid: str, type: Type, start: float, end: float | None, number: int = 1) -> None:
    """Store an alert as the uplink worker does. Without an end it is active."""
    fields = {"organization": things.organization.id, "device": things.thing(tuid).id, "name": tuid}
    made = Alert(**fields, type=type, number=number, start=start, end=end)
    listing = Alerts.list_writes if made.end is None else Alerts.unlist_writes
    transact([*Alerts.store_writes(EVERYWHERE, made), *listing(EVERYWHERE, made)])


def two_alerting(tenants: Tenants) -> list[str]:
    """Store alerts: of a sensor, two of a gateway, of the other tenant's sensor, and a closed one.

    Returns the TUIDs of the tenant's two things with an active alert, ascending.
    """
    things = tenants.tenant.things
    alert(tenants.other.things, tenants.theirs, MISSED, AT, None)
    sensor, gateway = things.sensor("XXXX03X2Z74162947"), things.gateway("XXXX03X2Z74162459")
    alert(things, sensor, MISSED, AT, None)
    alert(things, gateway, MISSED, AT, None)
    alert(things, gateway, LOST, AT, None)
    alert(things, tenants.heard, MISSED, AT - 9, AT)
    return [gateway, sensor]
