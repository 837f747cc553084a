from edge.request import Call
from fleet.configuration import desire
from fleet.configuration.configuration import Configured
from fleet.errors import TooMany, Unreachable
from wisdm.dialect import api
from wisdm.shapes.settings_path import settings
from wisdm.shapes.syslog import SyslogIn


@api.route(
    "POST",
    "/v4/gateway/{sn}/syslog",
    "set_syslog",
    scope="WRITE_EDIT_SYSTEM_SETTINGS",
    loads=settings,
    uses=(desire.set_syslog,),
    raises=(TooMany, Unreachable),
    status=204,
)
def handler(call: Call, loaded: Configured, body: SyslogIn) -> None:
    """Change how a gateway's logs are kept and shared."""
    desire.set_syslog(call.reach, loaded, body.settings(), call.principal.id, call.now)
