"""A mail on its way, as it is in the queue."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from fleet.delivery.mail_address import is_address
from fleet.values import Value


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError("no email address")
    return text


class Mail(Value):
    """A mail of plain text to one address. The text may hold links, which are secrets of whoever gets it; the subject is one line."""

    model_config = ConfigDict(hide_input_in_errors=True)

    id: str
    organization: str
    to: Annotated[str, AfterValidator(_address)]
    subject: str = Field(pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,200}$")
    text: str
