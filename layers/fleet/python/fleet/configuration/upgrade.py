"""Orders firmware upgrades of gateways."""

from __future__ import annotations

from datetime import datetime

from fleet.access import Reach
from fleet.aws.reads import fetch
from fleet.commands.accept import Decision, accept, check_configured
from fleet.commands.give_order import BUSY, Addressed, addressed, following, order
from fleet.commands.kinds import message
from fleet.configuration.image import can_follow
from fleet.configuration.images import Firmwares
from fleet.errors import Invalid, NotFound, Problem
from fleet.grants import uses
from fleet.registry.gateway import Gateway


@uses(Firmwares.by_version, accept)
def upgrade(reach: Reach, to: Addressed, version: str, by: str, now: datetime) -> None:
    """Order another firmware, newer or older. It replaces an order that is not carried out yet.

    A gateway that is not ONLINE gets it when it is back. Invalid: not in the catalogue for the model, or a way back that
    needs somebody on site. Unreachable while the gateway is PROVISIONING. What is installed already is not sent.
    """
    command = order(to[0], "upgrade", by, now, payload={"version": version})

    def decide(to: Addressed) -> Decision | None:
        gateway, earlier = to
        is_installed = version == gateway.firmware
        if not is_installed:
            _check_version(reach, gateway, version)
        check_configured(gateway, now)
        if is_installed:
            replaced = earlier.newest is not None and earlier.newest.open
            return Decision(command.changed(state="done"), earlier, None) if replaced else None
        numbered = following(earlier, command)
        return Decision(numbered, earlier, message(numbered) if gateway.status(now) == "ONLINE" else None)

    accept(reach, addressed(command.address, "upgrade"), decide, first=to, busy=BUSY)


def _check_version(reach: Reach, gateway: Gateway, version: str) -> None:
    try:
        fetch(reach, Firmwares.by_version(gateway.card.model, version))
    except NotFound:
        raise Invalid(Problem(("version",), "must be a firmware of the catalogue for the gateway's model")) from None
    if not can_follow(version, gateway.firmware):
        raise Invalid(Problem(("version",), "must be 2.2.0 or newer: an older one has to be installed on site"))
