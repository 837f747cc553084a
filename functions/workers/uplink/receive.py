from datetime import UTC, datetime

from edge.observe import count, logger
from edge.worker import GiveUp, Message, queue
from fleet.access import EVERYWHERE
from fleet.plane import receive
from fleet.plane.arrival import Receipt
from fleet.plane.envelope import Queued

TRIES = 160
"""How often a message is tried: eight hours. Twenty tries later the queue itself would put the whole of it aside, secrets and all."""


def _sent(message: Message) -> Queued:
    return Queued(message.body, message.attributes.get("signature", ""), message.group, message.received)


def _tell(message: Message, receipt: Receipt) -> None:
    """Count the outcome, and log what there is a reason for."""
    count(f"Uplink{receipt.outcome}")
    if receipt.outcome == "Rejected":
        for reason in receipt.reasons:
            count(f"UplinkRejected{reason.title().replace(' ', '')}")
    if receipt.reason:
        said = {"outcome": receipt.outcome, "reason": receipt.reason, "sn": receipt.sn, "sender": message.sender, "queued_as": message.id}
        logger.warning("uplink", extra=said)


def _give_up(message: Message) -> None:
    _tell(message, receive.give_up(_sent(message)))


@queue(
    "UplinkQueue",
    "uplink_receive",
    uses=(receive.receive, receive.give_up),
    give_up=GiveUp(TRIES, _give_up),
    settings=("UploadGrants", "UploadMebibytes"),
)
def handler(message: Message) -> None:
    """Take in one message of a device.

    A second delivery is harmless: state is only replaced by newer state, and everything else that a message causes has
    an id derived from the message's own. A refused message is put aside or dropped, and not repeated.
    """
    _tell(message, receive.receive(EVERYWHERE, _sent(message), datetime.now(UTC)))
