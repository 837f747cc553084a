from datetime import UTC, datetime

from edge.observe import count, logger
from edge.worker import Message, queue
from fleet.access import EVERYWHERE
from fleet.plane import receive


@queue("UplinkQueue", "uplink_receive", uses=(receive.receive,))
def handler(message: Message) -> None:
    """Take in one message of a device.

    Delivering it twice is harmless: state is only replaced by newer state, and whatever else a message causes has
    an id that follows from the message's own. A message that is refused is put with the dead letters and is done.
    """
    receipt = receive.receive(EVERYWHERE, message.body, message.attributes.get("signature", ""), message.received, datetime.now(UTC))
    count(f"Uplink{receipt.outcome}")
    if receipt.reason:
        logger.warning("uplink", extra={"outcome": receipt.outcome, "reason": receipt.reason, "queued_as": message.id})
