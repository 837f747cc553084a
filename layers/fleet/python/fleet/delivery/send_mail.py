"""Sends mails, where the deployment has an address to send them from."""

from __future__ import annotations

from typing import Literal

from fleet.aws import mails
from fleet.delivery import links
from fleet.delivery.mail import Mail
from fleet.grants import uses

Outcome = Literal["Sent", "Unsent", "Refused", "Throttled"]


@uses(mails.send, links.media_urls)
def send(mail: Mail, sender: str) -> Outcome:
    """Send a mail: what came of it. Unsent where there is no sender. Refused: SES will not take it at another try either.

    Nothing remembers what was sent: a mail that comes twice from the queue, which is rare, is sent twice.
    """
    if not sender:
        return "Unsent"
    return mails.send(sender, mail.to, mail.subject, "\n".join((mail.text, *_download(mail))))


def _download(mail: Mail) -> list[str]:
    """The lines about a mail's files."""
    return [f"Download, for {links.LIFE.days} days:", *links.media_urls(mail.base, mail.files)] if mail.files else []
