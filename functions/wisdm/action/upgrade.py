from edge.request import Call
from fleet.commands.give_order import Addressed
from fleet.configuration import upgrade
from fleet.errors import TooMany, Unreachable
from wisdm.dialect import api
from wisdm.shapes.action import UpgradeIn, gateway_and_last_upgrade


@api.route(
    "POST",
    "/v4/gateway/{sn}/upgrade",
    "upgrade_gateway_firmware",
    scope="WRITE_UPGRADE_FIRMWARE",
    loads=gateway_and_last_upgrade,
    uses=(upgrade.upgrade,),
    raises=(TooMany, Unreachable),
    status=204,
)
def handler(call: Call, loaded: Addressed, body: UpgradeIn) -> None:
    """Upgrade or downgrade the firmware of a gateway."""
    upgrade.upgrade(call.reach, loaded, body.version, call.principal.id, call.now)
