"""Names that people give things: which characters they may have, and when two are the same."""

from __future__ import annotations

import unicodedata

_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories: control characters of both blocks, format characters such as zero-width ones and marks of direction, halves of
pairs, separators of lines and paragraphs."""

_LONGEST = 1024
"""Code points: more than any name or password may be typed with."""


def is_visible(text: str) -> bool:
    """Whether a text has no characters that nobody sees, with which it could look like another."""
    return _INVISIBLE.isdisjoint(map(unicodedata.category, text))


def compared(name: str) -> str:
    """A name as it is compared with others: without regard to case and to how its accents are composed."""
    return normalized(normalized(name).casefold())


def normalized(text: str) -> str:
    """A text in Unicode's form NFC: one that is typed on another system is the same text.

    One that is too long for a name or a password stays as it is: the time that this takes grows with the square of the
    accents in a row, to seconds for a body of 128 KiB.
    """
    return unicodedata.normalize("NFC", text) if len(text) <= _LONGEST else text
