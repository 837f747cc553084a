"""SES: mails of plain text."""

from __future__ import annotations

from typing import Literal

from fleet.aws import clients
from fleet.grants import needs


@needs("MailIdentity", "ses:SendEmail")
def send(sender: str, to: str, subject: str, text: str) -> Literal["Sent", "Refused", "Throttled"]:
    """Send one mail from an address that SES has verified. The recipient's refusal comes later, to the sender.

    Refused: SES judges this very mail or address (also one that it has not verified, while the account is in its sandbox).
    Throttled: the account sends too much for now.
    """
    client = clients.sesv2()
    body = {"Subject": {"Data": subject, "Charset": "UTF-8"}, "Body": {"Text": {"Data": text, "Charset": "UTF-8"}}}
    try:
        client.send_email(FromEmailAddress=sender, Destination={"ToAddresses": [to]}, Content={"Simple": body})
    except (client.exceptions.MessageRejected, client.exceptions.BadRequestException):
        return "Refused"
    except (client.exceptions.TooManyRequestsException, client.exceptions.LimitExceededException):
        return "Throttled"
    return "Sent"
