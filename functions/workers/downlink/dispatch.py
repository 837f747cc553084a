from datetime import UTC, datetime

from edge.observe import count
from edge.worker import Change, stream
from fleet.access import EVERYWHERE
from fleet.outbox.messages import PREFIX, Downlinks
from fleet.plane import dispatch


@stream("FleetTable", "downlink_dispatch", prefix=PREFIX, uses=(dispatch.dispatch,))
def handler(change: Change) -> None:
    """Send one message of the outbox to its gateway.

    A second delivery is harmless: the gateway's queue drops a second message with the same id, and a gateway repeats
    its answer to a message that it has carried out.
    """
    outcome = dispatch.dispatch(EVERYWHERE, Downlinks.parse(change.item), datetime.now(UTC))
    count(f"Downlink{outcome}")
