"""PEM texts, as far as they are looked at: their frame, not the certificate inside (contract, 3.4.1)."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

LONGEST = 16 * 1024
CERTIFICATE = ("CERTIFICATE",)
PRIVATE_KEY = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")
_PRINTABLE = re.compile(r"[\x20-\x7e\r\n]*")
_TOKEN = re.compile(r"[\x20-\x7e]{1,4096}")


def is_pem(text: str, labels: tuple[str, ...]) -> bool:
    """Whether the text begins and ends with the lines of one of these labels, and is short and printable."""
    body = text.strip()
    framed = any(body.startswith(f"-----BEGIN {label}-----") and body.endswith(f"-----END {label}-----") for label in labels)
    return framed and len(text) <= LONGEST and _PRINTABLE.fullmatch(text) is not None


def certificate(text: str) -> str:
    if not is_pem(text, CERTIFICATE):
        raise ValueError("must be a certificate in PEM form")
    return text


def private_key(text: str) -> str:
    if not is_pem(text, PRIVATE_KEY):
        raise ValueError("must be a private key in PEM form")
    return text


def token(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise ValueError("must be 1 to 4096 printable ASCII characters")
    return text


Certificate = Annotated[str, AfterValidator(certificate)]
PrivateKey = Annotated[str, AfterValidator(private_key)]
Token = Annotated[str, AfterValidator(token)]
