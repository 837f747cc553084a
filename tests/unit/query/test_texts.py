"""Letter case, prefixes and patterns."""

from __future__ import annotations

import time
import unicodedata

import pytest

from fleet.query.texts import fold, glob, prefix


@pytest.mark.parametrize(
    ("one", "other"),
    [("PUMP", "pump"), ("ÄÖ", "äö"), ("ẞ", "ß"), ("Σς", "σσ"), ("K", "k"), ("ſ", "S"), ("ᾈ", "ᾀ"), ("𐐀", "𐐨"), ("Ж", "ж")],
)
def test_letters_that_differ_in_case_alone(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("ß", "ss"), ("ﬁ", "fi"), ("İ", "i"), ("ı", "i"), ("é", "e\u0301"), ("a", "á")])
def test_texts_that_differ_in_more(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_a_text_keeps_its_length() -> None:
    every = "".join(map(chr, [*range(0x3000), *range(0xA000, 0xD800), *range(0xF900, 0x1_2000), *range(0x1_E000, 0x1_F000)]))
    folded = fold(every)
    assert len(folded) == len(every)
    assert fold(folded) == folded
    assert all(unicodedata.category(given)[0] in "LNSM" for given, each in zip(every, folded, strict=True) if given != each)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("Pump 7", "Pump 7", True),
        ("pUMP 7", "Pump 7", True),
        ("Pump", "Pump 7", False),
        ("ump 7", "Pump 7", False),
        ("*", "", True),
        ("*", "Pump 7", True),
        ("**", "Pump 7", True),
        ("?", "", False),
        ("?", "x", True),
        ("?", "𝄞", True),
        ("?", "ß", True),
        ("??", "ß", False),
        ("?", "\n", True),
        ("*7", "Pump 7", True),
        ("*8", "Pump 7", False),
        ("P*", "pump 7", True),
        ("P*P*7", "Pump 7", True),
        ("P*7*P", "Pump 7", False),
        ("*u*p*", "Pump 7", True),
        ("*7*u*", "Pump 7", False),
        ("P?mp*", "Pump 7", True),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("a*ba", "aba", True),
        ("ab*ba", "aba", False),
        ("*ab*ab", "abab", True),
        ("*ab*ab", "aab", False),
        ("*?", "", False),
        ("*?*", "x", True),
        ("?*?", "x", False),
        ("*a?c*", "aabc", True),
        ("a\n*b", "a\n\nb", True),
        ("*7", "Pump 7\n", False),
        ("Pump 7", "Pump 7\n", False),
        ("", "", True),
        ("", "x", False),
        ("Pump.7", "Pump 7", False),
        ("100%", "1000", False),
        ("100%", "100%", True),
        ("[P]ump", "Pump", False),
        ("[p]", "[P]", True),
        ("a+", "aa", False),
        ("^a$", "a", False),
        ("(a|b)", "a", False),
        ("\\d", "7", False),
        ("\\*", "\\Pump", True),
        ("ÄRM*", "ärmel", True),
    ],
    ids=ascii,
)
def test_a_pattern(pattern: str, text: str, expected: bool) -> None:
    assert glob(pattern)(text) == expected


@pytest.mark.parametrize(
    "pattern", ["*a" * 100 + "b", "*a*" * 60 + "c", "*?a" * 80 + "b", "*" + "a" * 127 + "b*a", "*a" * 2000], ids=lambda p: p[:6]
)
def test_no_pattern_takes_long(pattern: str) -> None:
    fits, text = glob(pattern), "a" * 255
    started = time.process_time()
    assert not fits(text)
    assert time.process_time() - started < 0.05


@pytest.mark.parametrize(
    ("start", "text", "expected"),
    [
        ("Pum", "Pump 7", True),
        ("pUM", "Pump 7", True),
        ("", "Pump 7", True),
        ("ump", "Pump 7", False),
        ("Pump 7", "Pump", False),
        ("P*", "Pump", False),
        ("P.", "Pump", False),
        ("*", "*x", True),
        ("ÄR", "ärmel", True),
        ("s", "ß", False),
    ],
    ids=ascii,
)
def test_a_prefix(start: str, text: str, expected: bool) -> None:
    assert prefix(start)(text) == expected
