"""What is between a played gateway and its cloud: the workers, called with what is in the queues and in the outbox."""

from __future__ import annotations

from typing import Any

from fleet import aws
from fleet.model.gateway import Gateway as Seen
from fleet.access import EVERYWHERE
from fleet.store.ask import fetch
from fleet.store.gateways import Gateways
from functions.workers.downlink.dispatch import handler as dispatch
from functions.workers.uplink.receive import handler as receive
from muster.operator.gateway import Wanted, provision
from muster.simulate.gateway import Gateway
from muster.simulate.keyring import Identity
from muster.simulate.shell import Shell
from muster.simulate.wire import Wire
from tests.harness.call import Context
from tests.workers.device import outbox_rows, stream_event

SN = "918100A1B2C3D4E501"
