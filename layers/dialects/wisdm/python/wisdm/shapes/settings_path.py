"""The loaders of a gateway's settings. Apart from the other paths, so that a route imports only what it needs."""

from __future__ import annotations

from fleet.aws.reads import Read
from fleet.configuration import desire
from fleet.configuration.battery import Monitored
from fleet.configuration.configuration import Configured
from fleet.grants import uses
from wisdm.shapes.paths import GatewayPath


@uses(desire.configured)
def settings(path: GatewayPath) -> Read[Configured]:
    return desire.configured(path.sn)


@uses(desire.monitored)
def battery(path: GatewayPath) -> Read[Monitored]:
    return desire.monitored(path.sn)
