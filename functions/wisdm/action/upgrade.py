from edge.request import Call
from fleet.errors import NotFound, TooMany, Unreachable
from fleet.services import actions
from wisdm.dialect import api
from wisdm.shapes.action import UpgradeIn, upgraded


@api.route(
    "POST",
    "/v4/gateway/{sn}/upgrade",
    "upgrade_gateway_firmware",
    scope="WRITE_UPGRADE_FIRMWARE",
    loads=upgraded,
    uses=(actions.upgrade,),
    raises=(NotFound, TooMany, Unreachable),
    status=204,
)
def handler(call: Call, loaded: actions.Addressed, body: UpgradeIn) -> None:
    """Upgrade or downgrade the firmware of a gateway."""
    actions.upgrade(call.reach, loaded, body.version, call.now)
