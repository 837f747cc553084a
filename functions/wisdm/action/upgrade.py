from edge.request import Call
from fleet.commands import give_order
from fleet.errors import TooMany, Unreachable
from wisdm.dialect import api
from wisdm.shapes.action import UpgradeIn, gateway_and_last_upgrade


@api.route(
    "POST",
    "/v4/gateway/{sn}/upgrade",
    "upgrade_gateway_firmware",
    scope="WRITE_UPGRADE_FIRMWARE",
    loads=gateway_and_last_upgrade,
    uses=(give_order.upgrade,),
    raises=(TooMany, Unreachable),
    status=204,
)
def handler(call: Call, loaded: give_order.Addressed, body: UpgradeIn) -> None:
    """Upgrade or downgrade the firmware of a gateway."""
    give_order.upgrade(call.reach, loaded, body.version, call.now)
