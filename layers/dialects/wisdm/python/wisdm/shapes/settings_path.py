"""What the paths of a gateway's settings ask for. It stands apart from other paths, so that a route loads only what it needs."""

from __future__ import annotations

from fleet.model.battery import Monitored
from fleet.model.configuration import Configured
from fleet.services import configuration
from fleet.store.ask import Ask
from wisdm.shapes.paths import GatewayPath


def configured(path: GatewayPath) -> Ask[Configured]:
    return configuration.configured(path.sn)


def monitored(path: GatewayPath) -> Ask[Monitored]:
    return configuration.monitored(path.sn)
