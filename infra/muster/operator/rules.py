"""Validation rules for an operator's options; each returns a Problem or None."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from fleet.errors import Invalid, Problem
from fleet.identity.api_key import is_referrer, plain_address
from wisdm.permissions import Permission

NONE = "none"
"""The value of an option for no group, and for no location."""
PERMISSIONS: tuple[str, ...] = get_args(Permission)


def demand(*found: Problem | None) -> None:
    """Raise Invalid with all the problems, if there are any."""
    problems = [problem for problem in found if problem]
    if problems:
        raise Invalid(*problems)


def text(field: str, value: str, most: int) -> Problem | None:
    """Printable text of 1 to `most` characters."""
    fits = 1 <= len(value) <= most and value == value.strip() and value.isprintable()
    return None if fits else Problem((field,), f"must have 1 to {most} printable characters, without blanks around them")


def pattern(field: str, value: str | None, form: str, message: str) -> Problem | None:
    """A value that fully matches a regular expression, or None."""
    return None if value is None or re.fullmatch(form, value) else Problem((field,), message)


def among(field: str, value: str, allowed: Sequence[str]) -> Problem | None:
    return None if value in allowed else Problem((field,), f"must be one of {', '.join(allowed)}")


def number(field: str, value: float | None, low: float, high: float) -> Problem | None:
    """A number from low to high, or None."""
    return None if value is None or low <= value <= high else Problem((field,), f"must be from {low} to {high}")


def read_text(field: str, file: Path) -> str:
    """The text of a file that an option names. Raises Invalid when it cannot be read."""
    try:
        return file.read_text()
    except OSError as error:
        raise Invalid(Problem((field,), f"cannot be read: {error.strerror}")) from None
    except ValueError:
        raise Invalid(Problem((field,), "must be a file of UTF-8 text")) from None


def public_key(field: str, value: str | None) -> Problem | None:
    """A public key as devices spell it, or None."""
    try:
        fits = value is None or len(base64.b64decode(value, validate=True)) == 32
    except binascii.Error:
        fits = False
    return None if fits else Problem((field,), "must be base64 of the 32 raw bytes of a public key")


def referrer(field: str, value: str) -> Problem | None:
    """A pattern of web origins (wisdm.md 2.4)."""
    if is_referrer(value):
        return None
    return Problem((field,), "must be like https://app.example.com, https://app.example.com/* or https://*.example.com/*")


def address(field: str, value: str) -> Problem | None:
    """An address or a CIDR block (wisdm.md 2.4)."""
    try:
        plain_address(value)
    except ValueError:
        return Problem((field,), "must be an IPv4 or IPv6 address, or a CIDR block without bits behind its mask")
    return None


def permissions(field: str, access: str, given: Sequence[str]) -> Problem | None:
    """One to eight distinct write permissions for a READ_WRITE key; none for a READ key."""
    if access == "READ_ONLY":
        return Problem((field,), "must be left out for a READ_ONLY key") if given else None
    if not given or len(set(given)) < len(given) or not set(given) <= set(PERMISSIONS):
        return Problem((field,), f"must be given for a READ_WRITE key, each once, out of {', '.join(PERMISSIONS)}")
    return None
