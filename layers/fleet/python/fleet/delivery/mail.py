"""A mail on its way, as it is in the queue."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from fleet.delivery.links import Files
from fleet.delivery.mail_address import is_address
from fleet.values import Value


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError("no email address")
    return text


class Mail(Value):
    """A mail of plain text to one address. The text may hold links, which are secrets of whoever gets it; the subject is one line.

    Links to `files`, below the URL `base`, are put behind the text only when it is sent.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    id: str
    organization: str
    to: Annotated[str, AfterValidator(_address)]
    subject: str = Field(pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,200}$")
    text: str
    base: str = ""
    files: Files = ()
