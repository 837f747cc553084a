from edge.request import Call
from fleet.errors import NotFound
from fleet.model.gateway import Gateway
from fleet.services import secrets
from wisdm.dialect import api
from wisdm.shapes.paths import gateway
from wisdm.shapes.status import GatewayStatus


@api.route("GET", "/v4/gateway/{sn}/status", "get_gateway_status", scope="READ", loads=gateway, uses=(secrets.opened,), raises=(NotFound,))
def handler(call: Call, loaded: Gateway) -> GatewayStatus:
    """Read what a gateway last reported."""
    return GatewayStatus.of(secrets.opened(call.reach, loaded), call.now)
