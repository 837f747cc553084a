from edge.request import Call
from fleet.configuration.configuration import Configured
from wisdm.dialect import api
from wisdm.shapes.settings_path import settings
from wisdm.shapes.syslog import SyslogOut


@api.route("GET", "/v4/gateway/{sn}/syslog", "get_syslog", scope="READ", loads=settings)
def handler(call: Call, loaded: Configured) -> SyslogOut:
    """Read how a gateway's logs are kept and shared."""
    return SyslogOut.of(loaded)
