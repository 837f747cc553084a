from datetime import UTC, datetime

from edge.observe import count, logger
from edge.worker import Message, queue
from fleet.access import EVERYWHERE
from fleet.plane import receive
from fleet.plane.envelope import Queued


@queue("UplinkQueue", "uplink_receive", uses=(receive.receive,))
def handler(message: Message) -> None:
    """Take in one message of a device.

    A second delivery is harmless: state is only replaced by newer state, and everything else that a message causes has
    an id derived from the message's own. A refused message is put aside or dropped, and not repeated.
    """
    sent = Queued(message.body, message.attributes.get("signature", ""), message.group, message.received)
    receipt = receive.receive(EVERYWHERE, sent, datetime.now(UTC))
    count(f"Uplink{receipt.outcome}")
    if receipt.outcome == "Rejected":
        for reason in receipt.reasons:
            count(f"UplinkRejected{reason.title().replace(' ', '')}")
    if receipt.reason:
        said = {"outcome": receipt.outcome, "reason": receipt.reason, "sn": receipt.sn, "sender": message.sender, "queued_as": message.id}
        logger.warning("uplink", extra=said)
