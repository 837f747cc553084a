from edge.request import Call
from fleet.registry import reveal_secrets
from fleet.registry.gateway import Gateway
from wisdm.dialect import api
from wisdm.shapes.paths import gateway
from wisdm.shapes.status import GatewayStatus


@api.route("GET", "/v4/gateway/{sn}/status", "get_gateway_status", scope="READ", loads=gateway, uses=(reveal_secrets.reveal,))
def handler(call: Call, loaded: Gateway) -> GatewayStatus:
    """Read what a gateway last reported."""
    return GatewayStatus.of(reveal_secrets.reveal(call.reach, loaded), call.now)
