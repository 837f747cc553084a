"""Citations lead somewhere: each names a page of docs/ and sections that it has, in the one form of docs/contracts/README.md."""

from __future__ import annotations

import ast
import functools
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from muster.home import ROOT
from tests.architecture.source import ALL, sources, without_blocks

FOLDERS = (ROOT / "docs/contracts", ROOT / "docs")
"""Where a page that is cited without its path is looked for."""
SELF = Path(__file__).relative_to(ROOT).as_posix()
"""This file has bad citations, to show that they are found."""
FILES = [file.name for file in sources(*ALL, "tests", "benchmarks") if file.name != SELF] + [
    path.relative_to(ROOT).as_posix() for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
]

_GAP = r"[\s#]+"
"""Between the words of a citation: in comments a line begins anew with its mark."""
_NUMBER = r"(?:[A-Z]{1,3}[0-9]+|[0-9]+(?:\.[0-9]+)*)"
_NUMBERS = rf"{_NUMBER}(?:(?:,{_GAP}|{_GAP}and{_GAP}|{_GAP}to{_GAP}){_NUMBER})*"
_CITATION = re.compile(rf"(?P<page>[\w./-]*[\w-]\.md)\b(?:{_GAP}(?P<numbers>{_NUMBERS}))?")
_LINK = re.compile(r"\]\((?![a-z]+:|#)(?P<target>[^)#\s]+)")
_WITHOUT_A_PAGE = re.compile(
    rf"(?<!RFC \d{{4}} )\((?P<alone>(?=[0-9]+\.|(?!S3\b)[A-Z][0-9]){_NUMBERS})\)|\b[Ss]ections?{_GAP}(?P<worded>{_NUMBERS})",
)
"""In a page with numbered sections this is a section of the same page; anywhere else it names no document."""
_OTHER_FORMS = re.compile(
    rf"§|\.md,{_GAP}[0-9]|\.md{_GAP}[Ss]ections?{_GAP}[0-9]|\b[Cc]ontracts?(?:'s)?,?{_GAP}(?:[Ss]ections?{_GAP})?[TW]?[0-9]"
    rf"|\b[Aa]ccess{_GAP}patterns?{_GAP}[A-Z]+[0-9]|\b(?:DESIGN|HOUSE|FORWARD|STYLE)\b"
)
_HEADING = re.compile(rf"^(?:#+ (?P<heading>{_NUMBER})\.? |\| (?P<row>[A-Z]{{1,3}}[0-9]+) \|)", re.MULTILINE)


@functools.cache
def sections(page: Path) -> frozenset[str]:
    """The numbers that a page has: of its headings, and of the rows of its tables where they have some."""
    return frozenset(found["heading"] or found["row"] for found in _HEADING.finditer(page.read_text()))


def page_of(name: str, citing: Path) -> Path | None:
    """The file that is cited: in one of the folders, or by its path from the root or from the citing file."""
    places = [*(folder / name for folder in FOLDERS), ROOT / name, citing.parent / name]
    return next((place for place in places if place.is_file()), None)


def prose(name: str, text: str) -> str:
    """The part of a file that people read: all of a page; docstrings and comments of Python."""
    if not name.endswith(".py"):
        return text
    texts = [node.value.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    comments = [token.string for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type == tokenize.COMMENT]
    return "\n".join([*(each for each in texts if isinstance(each, str)), *comments])


def wrong(name: str, text: str) -> Iterator[str]:
    """The citations of a file that lead nowhere or have another form, each as it stands there."""
    citing, text = ROOT / name, text if name.endswith(".py") else without_blocks(text)
    for found in _CITATION.finditer(text):
        page = page_of(found["page"], citing)
        if page is None or not _has(page, found["numbers"]):
            yield found[0]
    yield from (found[0] for found in _OTHER_FORMS.finditer(text))
    for found in _WITHOUT_A_PAGE.finditer(prose(name, text)):
        if name.endswith(".py") or not _has(citing, found["alone"] or found["worded"]):
            yield found[0]
    if not name.endswith(".py"):
        yield from (found["target"] for found in _LINK.finditer(text) if not (citing.parent / found["target"]).exists())


def _has(page: Path, numbers: str | None) -> bool:
    return set(re.findall(_NUMBER, numbers or "")) <= sections(page)


@pytest.mark.parametrize("name", FILES)
def test_a_citation_leads_somewhere(name: str) -> None:
    assert list(wrong(name, (ROOT / name).read_text())) == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs/contracts").glob("*.md")), ids=lambda page: page.name)
def test_a_number_is_that_of_one_section(page: Path) -> None:
    found = [found["heading"] for found in _HEADING.finditer(page.read_text()) if found["heading"]]
    assert len(found) == len(set(found))


def test_pages_are_cited_by_their_sections() -> None:
    """Else the rule above would hold because nothing is found."""
    cited = {found["page"] for name in FILES for found in _CITATION.finditer((ROOT / name).read_text()) if found["numbers"]}
    assert cited >= {"wisdm.md", "thingsee.md", "device-plane.md", "access-patterns.md"}


@pytest.mark.parametrize(
    "text",
    [
        "Keys (wisdm.md 99.1).",
        "Keys (wisdm.md 2.1 to 2.99).",
        "Keys (wisdm.md 2.1,\nT32 and 2.2).",
        "Keys (wisdm.md, 2.1).",
        "Keys (wisdm.md section 2.1).",
        "Keys (contract, 2.1).",
        "Keys (WisDM contract 2).",
        "Contract, 2.1: keys.",
        "Keys (no-such-page.md 1).",
        "Keys, as in docs/no-such-page.md.",
        "Keys (DESIGN §4).",
        "Keys, see FORWARD.",
        "Keys (2.1).",
        "Keys (2.1 and 2.2).",
        "Keys (T32).",
        "Keys (access patterns K1 to K6).",
        "Keys (access-patterns.md K1 to K99).",
        "Keys, as in section 2.",
    ],
)
def test_a_citation_that_leads_nowhere_or_has_another_form_is_found(text: str) -> None:
    assert list(wrong("layers/keys.py", f'"""{text}"""\n'))
    assert list(wrong("layers/keys.py", "".join(f"# {line}\n" for line in text.split("\n"))))


@pytest.mark.parametrize("text", ["As (99.1) says.", "As section 99 says.", "As [here](no-such-page.md).", "As [here](../no-such.py)."])
def test_what_a_page_says_of_itself_and_its_links_are_held_too(text: str) -> None:
    assert list(wrong("docs/contracts/wisdm.md", text))


@pytest.mark.parametrize(
    "text",
    [
        '"""Keys (wisdm.md 2.1)."""',
        '"""Keys (wisdm.md 2.1, 2.2 and\n10.2 to 10.4)."""',
        '"""Keys (access-patterns.md K1 to K6), in S3 (S3), as docs/secrets.md says."""',
        '"""Codes (RFC 6238), hosts (RFC 9110, 12.4.2), boxes (RFC 9180 (8.1))."""',
        "time.sleep(0.5)  # a moment",
    ],
)
def test_a_good_citation_passes(text: str) -> None:
    assert list(wrong("layers/keys.py", f"{text}\n")) == []
