"""What the paths of a gateway's settings ask for. It stands apart from other paths, so that a route loads only what it needs."""

from __future__ import annotations

from fleet.aws.reads import Read
from fleet.configuration import desire
from fleet.configuration.battery import Monitored
from fleet.configuration.configuration import Configured
from wisdm.shapes.paths import GatewayPath


def configured(path: GatewayPath) -> Read[Configured]:
    return desire.configured(path.sn)


def monitored(path: GatewayPath) -> Read[Monitored]:
    return desire.monitored(path.sn)
