from datetime import UTC, datetime

from edge.observe import count, logger
from edge.worker import Message, queue
from fleet.access import EVERYWHERE
from fleet.plane import receive


@queue("UplinkQueue", "uplink_receive", uses=(receive.receive,))
def handler(message: Message) -> None:
    """Take in one message of a device.

    A second delivery is harmless: state is only replaced by newer state, and everything else that a message causes has
    an id derived from the message's own. A refused message is sent to the dead-letter queue and not repeated.
    """
    receipt = receive.receive(EVERYWHERE, message.body, message.attributes.get("signature", ""), message.received, datetime.now(UTC))
    count(f"Uplink{receipt.outcome}")
    if receipt.reason:
        logger.warning("uplink", extra={"outcome": receipt.outcome, "reason": receipt.reason, "queued_as": message.id})
