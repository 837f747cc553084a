"""Kinds of fields that several resources have (wisdm.md 1.2 and 1.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from edge.shape import Strict
from fleet.ids import ANY_UUID


class WisdmShape(Strict):
    """A shape whose members are spelled in camel case."""

    model_config = ConfigDict(alias_generator=to_camel)


def _no_control(text: str) -> str:
    if any(ord(character) < 32 for character in text):
        raise ValueError("must not hold control characters")
    return text


def _digits(given: Any) -> Any:
    if not isinstance(given, str) or not re.fullmatch(r"0|[1-9][0-9]{0,8}", given):
        return None if given == "" else given
    return int(given)


Text = Annotated[str, AfterValidator(_no_control)]
Trimmed = Annotated[Text, AfterValidator(str.strip)]
Uuid = Annotated[str, Field(pattern=ANY_UUID), AfterValidator(str.lower)]
SerialNumber = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{6,32}$"), AfterValidator(str.upper)]
Eui = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{16}$")]
Number = Annotated[int, BeforeValidator(_digits)]
"""An integer of a query string: decimal digits, no sign."""


def shown(at: datetime) -> str:
    """A time as this API shows it: UTC, whole seconds."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
