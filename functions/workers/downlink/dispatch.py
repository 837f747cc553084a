from datetime import UTC, datetime

from edge.observe import count
from edge.worker import Message, queue
from fleet.access import EVERYWHERE
from fleet.outbox.message import Downlink
from fleet.plane import dispatch


@queue("Downlinks", "downlink_dispatch", uses=(dispatch.dispatch,), batch=1, timeout=6)
def handler(message: Message) -> None:
    """Send one message to its gateway.

    A second delivery is harmless: the gateway's queue drops a second message with the same id, and a gateway repeats
    its answer to a message that it has carried out.
    """
    outcome = dispatch.dispatch(EVERYWHERE, Downlink.model_validate_json(message.body), datetime.now(UTC))
    count(f"Downlink{outcome}")
