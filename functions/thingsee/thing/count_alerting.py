from edge.request import Call
from fleet.alerts.alerts import Alerts
from thingsee.dialect import api
from thingsee.shapes.alert import AlertCountOut


@api.route("GET", "/things/alerts/count", "count_alerting_things", scope="READ", uses=(Alerts.alerting,))
def handler(call: Call) -> AlertCountOut:
    """Count the things that have an alert now."""
    return AlertCountOut.of(Alerts.alerting(call.reach, call.principal.organization))
