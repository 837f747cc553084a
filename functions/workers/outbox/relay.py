from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from edge.worker import Change, batches
from fleet.access import EVERYWHERE
from fleet.outbox import relay
from fleet.outbox.letters import PREFIX


@batches("FleetTable", "outbox_relay", prefixes=(PREFIX, relay.DIRECTORIES), uses=(relay.relay,))
def handler(changes: Sequence[Change]) -> Mapping[str, str]:
    """Relay letters of the outbox, and word of changed directories, to the internal queues.

    A second delivery is harmless: a queue that keeps an order drops what it had within five minutes, and every worker
    behind a queue bears a message that comes twice.
    """
    return relay.relay(EVERYWHERE, {change.id: change.item for change in changes}, datetime.now(UTC))
