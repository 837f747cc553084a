from edge.request import Call
from fleet.alerts.alerts import Alerts
from fleet.registry.thing import Thing
from thingsee.dialect import api
from thingsee.shapes.alert import AlertsOut, AlertsQuery
from thingsee.shapes.paths import thing


@api.route("GET", "/things/{tuid}/alerts", "list_thing_alerts", scope="READ", loads=thing, uses=(Alerts.of_device,))
def handler(call: Call, loaded: Thing, query: AlertsQuery) -> AlertsOut:
    """List a thing's alerts by their type, oldest first."""
    return AlertsOut.of(loaded, Alerts.of_device(call.reach, loaded.organization, loaded.id, query.first, query.last))
