"""Checks of PEM texts and tokens (wisdm.md 3.4.1). Only the frame of a PEM text is checked, not the certificate inside.

The white space around a PEM text is cut; a token is as it was sent.
"""

from __future__ import annotations

import re

LONGEST = 16 * 1024
"""Characters of a PEM text."""
_PEM = r"-----BEGIN ({0})-----[\x20-\x7e\r\n]*-----END \1-----"
_CERTIFICATE = re.compile(_PEM.format("CERTIFICATE"))
_PRIVATE_KEY = re.compile(_PEM.format("PRIVATE KEY|RSA PRIVATE KEY|EC PRIVATE KEY"))
_TOKEN = re.compile(r"[\x20-\x7e]{1,4096}")


def check_certificate(text: str) -> str:
    return _check_pem(text, _CERTIFICATE, "a certificate")


def check_private_key(text: str) -> str:
    return _check_pem(text, _PRIVATE_KEY, "a private key")


def _check_pem(text: str, form: re.Pattern[str], what: str) -> str:
    framed = text.strip()
    if len(framed) > LONGEST or not form.fullmatch(framed):
        raise ValueError(f"must be {what} in PEM form")
    return framed


def check_token(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise ValueError("must be 1 to 4096 printable ASCII characters")
    return text
