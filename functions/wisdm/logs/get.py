from edge.request import Call
from fleet.configuration.configuration import Configured
from fleet.errors import NotFound
from wisdm.dialect import api
from wisdm.shapes.settings_path import configured
from wisdm.shapes.syslog import SyslogOut


@api.route("GET", "/v4/gateway/{sn}/syslog", "get_syslog", scope="READ", loads=configured, raises=(NotFound,))
def handler(call: Call, loaded: Configured) -> SyslogOut:
    """Read how a gateway's logs are kept and shared."""
    return SyslogOut.of(loaded)
