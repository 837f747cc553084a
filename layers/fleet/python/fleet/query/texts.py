"""Comparing texts without regard to letter case: prefixes, and patterns with wildcards.

Case is folded code point by code point (Unicode's simple case folding): `Ä` is `ä`, `ß` is `ẞ` but not `ss`. So a text keeps
its length, `?` is one character, and a prefix ends between characters. Texts are not normalized.
"""

from __future__ import annotations

import re
from collections.abc import Callable


def fold(text: str) -> str:
    """The text in the one letter case that all spellings share; as many code points as before."""
    folded = text.casefold()
    return folded if len(folded) == len(text) else "".join(map(_fold_one, text))


def _fold_one(character: str) -> str:
    return next((each for each in (character.casefold(), character.lower()) if len(each) == 1), character)


def prefix(text: str) -> Callable[[str], bool]:
    """Whether a text begins with this one, in any letter case; nothing in it is a wildcard."""
    folded = fold(text)
    return lambda given: fold(given).startswith(folded)


def glob(pattern: str) -> Callable[[str], bool]:
    """Whether the whole of a text fits a pattern, in any letter case: `*` is any run of characters, `?` is one, all else itself.

    The first place that fits what is between two `*` is the best one, so that no place is tried again (atomic groups): the
    time is at most the product of both lengths, whatever the pattern.
    """
    first, *rest = (_fixed(part) for part in re.split(r"\*+", fold(pattern)))
    between = "".join(f"(?>.*?{part})" for part in rest[:-1])
    fits = re.compile(f"{first}{between}.*{rest[-1]}" if rest else first, re.DOTALL).fullmatch
    return lambda text: fits(fold(text)) is not None


def _fixed(part: str) -> str:
    return "".join("." if character == "?" else re.escape(character) for character in part)
