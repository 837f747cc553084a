"""Checks of PEM texts and tokens (wisdm.md 3.4.1). Only the frame of a PEM text is checked, not the certificate inside."""

from __future__ import annotations

import re

LONGEST = 16 * 1024
"""Characters of a PEM text."""
_PEM = r"-----BEGIN ({0})-----[\x20-\x7e\r\n]*-----END \1-----[\r\n]*"
_CERTIFICATE = re.compile(_PEM.format("CERTIFICATE"))
_PRIVATE_KEY = re.compile(_PEM.format("PRIVATE KEY|RSA PRIVATE KEY|EC PRIVATE KEY"))
_TOKEN = re.compile(r"[\x20-\x7e]{1,4096}")


def check_certificate(text: str) -> str:
    if len(text) > LONGEST or not _CERTIFICATE.fullmatch(text):
        raise ValueError("must be a certificate in PEM form")
    return text


def check_private_key(text: str) -> str:
    if len(text) > LONGEST or not _PRIVATE_KEY.fullmatch(text):
        raise ValueError("must be a private key in PEM form")
    return text


def check_token(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise ValueError("must be 1 to 4096 printable ASCII characters")
    return text
