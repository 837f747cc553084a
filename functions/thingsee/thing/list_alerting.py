from edge.request import Call
from fleet.alerts.alerts import Alerts
from thingsee.dialect import api
from thingsee.shapes.alert import AlertingOut


@api.route("GET", "/things/alerts", "list_alerting_things", scope="READ", uses=(Alerts.alerting,))
def handler(call: Call) -> AlertingOut:
    """List the things that have an alert now."""
    return AlertingOut.of(Alerts.alerting(call.reach, call.principal.organization))
