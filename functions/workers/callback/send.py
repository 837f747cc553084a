from edge.observe import count, logger
from edge.retry import TryAgain
from edge.worker import Message, queue
from fleet.aws import clients
from fleet.delivery.callback import Callback
from fleet.delivery.send_callback import send


@queue("Callbacks", "callback_send", uses=(send,), batch=1, at_once=20, settings=("PrivateHosts",))
def handler(message: Message) -> None:
    """Post one callback to the URL that somebody named.

    A second delivery posts again, with the same id in a header: a receiver has to know by it what it has got already. A callback that is
    not taken comes again after the queue's visibility timeout; after its last try it is counted and logged without URL and body, and gone.
    """
    callback = Callback.model_validate_json(message.body)
    outcome, reason = send(callback, message.tries, clients.names("PRIVATE_HOSTS"))
    count(f"Callback{outcome}")
    if outcome != "Delivered":
        logger.warning(
            "callback", extra={"outcome": outcome, "reason": reason, "delivery": callback.id, "organization": callback.organization}
        )
    if outcome == "Undelivered":
        raise TryAgain
