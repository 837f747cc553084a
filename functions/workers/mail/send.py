from edge.observe import count, logger
from edge.retry import TryAgain
from edge.worker import Message, queue
from fleet.aws import clients
from fleet.delivery.mail import Mail
from fleet.delivery.send_mail import send


@queue("Mail", "mail_send", uses=(send,), at_once=2, settings=("MailFrom",))
def handler(message: Message) -> None:
    """Send one mail.

    A second delivery sends it again: nothing remembers what was sent, and SES has no key for repetitions. One that SES throttles comes
    again after the queue's visibility timeout, and to its dead letters at last.
    """
    mail = Mail.model_validate_json(message.body)
    outcome = send(mail, clients.setting("MAIL_FROM"))
    count(f"Mail{outcome}")
    if outcome != "Sent":
        logger.warning("mail", extra={"outcome": outcome, "mail": mail.id, "organization": mail.organization})
    if outcome == "Throttled":
        raise TryAgain
